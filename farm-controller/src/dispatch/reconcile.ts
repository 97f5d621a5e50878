import type { EndReason, HeldAttempt } from '@greenrack/farm-protocol';
import type { OpenAttempt } from '../store/ports.js';

/** What is to be done about one attempt after agent and controller have compared what they hold. */
export type Reconciliation =
  | { readonly kind: 'keep' | 'cancel' | 'start'; readonly attempt: OpenAttempt }
  | { readonly kind: 'drop'; readonly attemptId: string; readonly why: string }
  | {
      readonly kind: 'abandon';
      readonly attempt: OpenAttempt;
      readonly reason: EndReason;
      readonly message: string;
    };

/**
 * Compares the agent's journal with the open attempts of the database. Pure.
 *
 * | agent            | database                  | what happens                              |
 * |------------------|---------------------------|-------------------------------------------|
 * | holds it         | open, same fence          | keep; cancel when that was asked for      |
 * | holds it         | over, or another fence    | drop                                      |
 * | does not hold it | open, nothing reported    | start: the order never arrived            |
 * | does not hold it | open, has reported events | abandon: the agent has lost its journal   |
 */
export function reconcile(
  held: readonly HeldAttempt[],
  open: readonly OpenAttempt[],
): Reconciliation[] {
  const heldById = new Map(held.map((attempt) => [attempt.attemptId, attempt]));
  const openById = new Map(open.map((attempt) => [attempt.attemptId, attempt]));
  return [
    ...held.map((attempt) => ofHeld(attempt, openById.get(attempt.attemptId))),
    ...open.filter((attempt) => !heldById.has(attempt.attemptId)).map(ofMissing),
  ];
}

function ofHeld(held: HeldAttempt, open: OpenAttempt | undefined): Reconciliation {
  const { attemptId } = held;
  if (!open)
    return { kind: 'drop', attemptId, why: 'the attempt is over: reported in full, or given up' };
  if (open.fence !== held.fence)
    return { kind: 'drop', attemptId, why: `the lease now has fence ${open.fence}` };
  const stop = open.cancelRequested && held.state === 'running';
  return { kind: stop ? 'cancel' : 'keep', attempt: open };
}

function ofMissing(open: OpenAttempt): Reconciliation {
  if (open.cancelRequested)
    return { kind: 'abandon', attempt: open, reason: 'cancelled', message: 'cancelled' };
  if (open.ackedSeq === 0) return { kind: 'start', attempt: open };
  const message = `agent ${open.agent} came back without the attempt in its journal: its state directory was lost, or a second agent uses its name and token`;
  return { kind: 'abandon', attempt: open, reason: 'agentRestarted', message };
}
