import { RunFault } from '../../contracts/run-fault.js';
import { messageOf } from '../../deadline.js';

/** A fault of switching power. */
export function powerFault(what: string, cure: string, cause?: unknown): RunFault {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new RunFault('boardStartFailed', `${what}${why}. ${cure}.`, cause);
}
