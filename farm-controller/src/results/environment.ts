import type { Assignment, AttemptEnd } from '@greenrack/farm-protocol';
import { stableId } from '../store/for-stages.js';

/** What was around a board when it was measured. Two points of different environments cannot be compared. */
export interface Environment {
  readonly assignment: Pick<Assignment, 'board' | 'clock'>;
}

/** The environment of an attempt as it is stored, under the id that the same facts always have. */
export function environmentRow(
  { board }: Environment['assignment'],
  agentVersion: string | null,
  end: AttemptEnd | null,
): { id: string; facts_json: string } {
  const facts = {
    agent: agentVersion,
    driver: board.wiring.driver,
    model: board.model,
    clock: end?.environment?.clock ?? null,
    emulator: end?.environment?.emulator ?? null,
  };
  return {
    id: stableId(
      'env',
      Object.values(facts).map((fact) => fact ?? ''),
    ),
    facts_json: JSON.stringify(facts),
  };
}
