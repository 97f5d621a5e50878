import { type Inventory, meetsRequirement } from '@greenrack/board-inventory';
import type { SpecRun, SubmissionSpec } from '@greenrack/farm-protocol';
import { requirementOf } from './check-spec.js';
import { NameHints } from './name-hints.js';
import { type Findings, refusal } from './refusal.js';

/** Host tests by agent; an agent that has not said which it has is not in it. */
export type HostTestsOfAgents = ReadonlyMap<string, ReadonlySet<string>>;

/** Host tests that no agent has whose boards could take the run: it would fail on each, and blame its image. */
export function* checkHostTests(
  spec: SubmissionSpec,
  inventory: Inventory,
  known: HostTestsOfAgents,
): Findings {
  const hints = new NameHints([...new Set([...known.values()].flatMap((names) => [...names]))]);
  for (const [i, run] of spec.runs.entries()) {
    const { hostTest } = run;
    if (hostTest === undefined || mayHave(run, hostTest, { inventory, known })) yield undefined;
    else {
      const problem = `no agent with a board for it has the host test '${hostTest}'`;
      yield refusal('invalid_spec', `runs[${i}].hostTest`, hints.after(problem, hostTest));
    }
  }
}

function mayHave(
  run: SpecRun,
  hostTest: string,
  { inventory, known }: { inventory: Inventory; known: HostTestsOfAgents },
): boolean {
  for (const [agent, boards] of inventory.racks) {
    const names = known.get(agent);
    if (names && !names.has(hostTest)) continue;
    if (boards.some((board) => meetsRequirement(board, requirementOf(run)))) return true;
  }
  return false;
}
