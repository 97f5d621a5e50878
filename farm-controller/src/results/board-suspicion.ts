import { type BoardSpec, UNTRUSTED_TAG } from '@greenrack/farm-protocol';
import {
  type BoardRow,
  judgeBoard,
  parseJson,
  runSpec,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { BoardFault, BoardPolicy } from '../store/ports.js';
import type { AttemptEnding, AttemptFacts } from './event-admission.js';

/** An attempt that has ended on a board, and the board as it is after it. */
export interface Weighing {
  readonly one: { readonly attempt: AttemptFacts; readonly ending: AttemptEnding };
  readonly board: BoardRow;
}

/** Keeps count of a board's faults, and makes it suspect when the policy says so. Answers its row as it is then. */
export async function weighFaults(
  db: StoreDatabase,
  tx: Tx,
  { one: { attempt, ending }, board }: Weighing,
  { policy, nowMs }: { policy: BoardPolicy; nowMs: number },
): Promise<BoardRow> {
  if (board.health !== 'good') return board;
  const { reason, verdict } = ending;
  const fault = { attemptId: attempt.id, runId: attempt.run_id, attemptNumber: attempt.number };
  const { model } = parseJson<BoardSpec>(board.spec_json);
  const before = parseJson<BoardFault[]>(board.faults_json);
  const untrusted = isOfStranger(attempt);
  const ended = { model, verdict, fault: { ...fault, reason }, faults: before, untrusted };
  const { faults, suspect } = policy(ended);
  const faults_json = JSON.stringify(faults);
  if (suspect === undefined && faults_json === board.faults_json) return board;
  const row = await tx
    .updateTable('boards')
    .set({ faults_json })
    .where('serial', '=', board.serial)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (suspect === undefined) return row;
  const to = { health: 'suspect', cause: suspect, evidence: evidenceOf(faults), nowMs } as const;
  return judgeBoard(db, tx, row, to);
}

/** Of several boards each may have been changed by what ran on another one. */
function isOfStranger(attempt: AttemptFacts): boolean {
  const { requirement, partners = [] } = runSpec(attempt);
  return [{ requirement }, ...partners].some((one) => one.requirement.tags.includes(UNTRUSTED_TAG));
}

/** The attempts, and where to find them. */
function evidenceOf(faults: readonly BoardFault[]): string {
  return faults
    .map(
      ({ attemptId, runId, attemptNumber }) => `${attemptId} (${runId}, attempt ${attemptNumber})`,
    )
    .join('; ');
}
