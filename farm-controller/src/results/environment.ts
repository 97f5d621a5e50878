import type { Assignment, AttemptEnd } from '@greenrack/farm-protocol';
import { stableId } from '../store/for-stages.js';

/** What was around a board when it was measured. Two points of different environments cannot be compared. */
export interface Environment {
  readonly assignment: Pick<Assignment, 'board' | 'clock'>;
}

/** An environment as it is stored, under the id that the same facts always have. */
export interface EnvironmentRow {
  readonly id: string;
  readonly facts_json: string;
}

/**
 * Of what the board told, and of what its meter measured: another instrument, or the same one with other firmware or
 * calibration, changes figures of power and no others.
 */
export function environmentRows(
  { board }: Environment['assignment'],
  agentVersion: string | null,
  end: AttemptEnd | null,
): { readonly told: EnvironmentRow; readonly metered: EnvironmentRow } {
  const facts = {
    agent: agentVersion,
    driver: board.wiring.driver,
    model: board.model,
    clock: end?.environment?.clock ?? null,
    emulator: end?.environment?.emulator ?? null,
    // Only where there is one, so that all others keep their ids.
    ...(end?.environment?.network !== undefined && { network: end.environment.network }),
  };
  const meter = end?.environment?.meter;
  const told = rowOf(facts);
  return { told, metered: meter === undefined ? told : rowOf({ ...facts, meter }) };
}

function rowOf(facts: Readonly<Record<string, string | null>>): EnvironmentRow {
  return {
    id: stableId(
      'env',
      Object.values(facts).map((fact) => fact ?? ''),
    ),
    facts_json: JSON.stringify(facts),
  };
}
