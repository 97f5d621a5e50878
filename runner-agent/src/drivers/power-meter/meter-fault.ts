import { RunFault } from '../../contracts/run-fault.js';
import { messageOf } from '../../deadline.js';

/** A fault of measuring power. */
export function meterFault(what: string, cure: string, cause?: unknown): RunFault {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new RunFault('meterFailed', `${what}${why}. ${cure}.`, cause);
}
