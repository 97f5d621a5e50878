import { RunFault } from '../contracts/run-fault.js';
import { clip, messageOf } from '../deadline.js';
import type { SessionEnd } from '../session/session-types.js';
import { StopOrder } from './stop-order.js';

const MAX_MESSAGE = 4000;

/** What an attempt ends with when something other than the firmware ended it: never a `fail`. */
export function outcomeOf(error: unknown): SessionEnd {
  const message = clip(messageOf(error), MAX_MESSAGE);
  if (error instanceof RunFault) {
    // The board is as it should be: it lacks what the run asks for.
    const verdict = error.reason === 'fixtureMissing' ? 'blocked' : 'infra';
    return { verdict, reason: error.reason, message };
  }
  if (error instanceof StopOrder && (error.kind === 'cancel' || error.kind === 'drop'))
    return { verdict: 'cancelled', reason: 'cancelled', message };
  if (error instanceof StopOrder && error.kind === 'shutdown')
    return { verdict: 'infra', reason: 'agentRestarted', message };
  return { verdict: 'infra', reason: 'internalError', message };
}
