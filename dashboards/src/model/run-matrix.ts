import type { RunView } from '@greenrack/farm-protocol';
import { type Standing, severityOf, standingOf } from './verdict-words.js';

/** Runs of one name on one target. */
export interface MatrixCell {
  readonly runs: readonly RunView[];
  /** The worst of them. */
  readonly standing: Standing;
  readonly done: number;
}

export interface MatrixRow {
  readonly name: string;
  /** In the order of the targets; undefined where it does not run there. */
  readonly cells: readonly (MatrixCell | undefined)[];
}

export interface RunMatrix {
  readonly targets: readonly string[];
  readonly rows: readonly MatrixRow[];
}

const natural = new Intl.Collator('en', { numeric: true });

function cellOf(runs: readonly RunView[] | undefined): MatrixCell | undefined {
  const [first, ...rest] = runs ?? [];
  if (!runs || !first) return undefined;
  const worst = rest.reduce(
    (worse, run) => (severityOf(standingOf(run)) < severityOf(standingOf(worse)) ? run : worse),
    first,
  );
  const done = runs.filter((run) => run.state === 'finished').length;
  return { runs, standing: standingOf(worst), done };
}

/** Names × targets, in the order of the spec. It keeps its shape while results come in. */
export function runMatrix(runs: Iterable<RunView>): RunMatrix {
  const rows = new Map<string, Map<string, RunView[]>>();
  const targets = new Set<string>();
  for (const run of [...runs].sort((a, b) => a.ordinal - b.ordinal)) {
    const { target } = run.requirement;
    targets.add(target);
    const row = rows.get(run.name) ?? new Map<string, RunView[]>();
    rows.set(run.name, row);
    const cell = row.get(target);
    if (cell) cell.push(run);
    else row.set(target, [run]);
  }
  const columns = [...targets].sort(natural.compare);
  return {
    targets: columns,
    rows: [...rows].map(([name, row]) => ({
      name,
      cells: columns.map((target) => cellOf(row.get(target))),
    })),
  };
}
