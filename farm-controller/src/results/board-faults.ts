import type { EndReason, Verdict } from '@greenrack/farm-protocol';

/**
 * Infrastructure faults that a board, or what is wired to it, can be guilty of. A closed list: whoever is innocent must
 * never cost a board its good name.
 *
 * - `flashFailed`, `boardStartFailed`, `consoleLost`, `emulatorExited`: the agent spoke to the board and got no, or no
 *   sensible, answer.
 * - `syncFailed`: the image never answered and does not say which target it was built for. It may be the wrong image, or
 *   a board whose console is dead: the golden image tells.
 *
 * Not here: `imageUnavailable`, `agentLost`, `agentRestarted`, `agentRefused` (network, agent, its disk), `imageUnsuitable`,
 * `hostTestUnknown`, `hostTestError` (what was submitted, or our host test), `noBoard`, `internalError` (the farm).
 */
const BOARD_FAULTS: ReadonlySet<EndReason> = new Set<EndReason>([
  'flashFailed',
  'boardStartFailed',
  'consoleLost',
  'emulatorExited',
  'syncFailed',
]);

/** Whether an attempt with this end speaks against its board. */
export function isBoardFault({
  verdict,
  reason,
}: {
  verdict: Verdict;
  reason: EndReason;
}): boolean {
  return verdict === 'infra' && BOARD_FAULTS.has(reason);
}
