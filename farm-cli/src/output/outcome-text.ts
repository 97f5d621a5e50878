import { meaningOf } from '@greenrack/farm-model';
import { counted } from './table.js';
import { type RunSummary, verdictTable } from './verdict-table.js';

/** More runs than this, and those that ended alike share a line. */
const MAX_SINGLE = 30;
/** Runs whose console is pointed to. */
const MAX_HINTS = 5;

/** What came of runs: the table with what did not pass last, the count, and how to see more of the failures. */
export function outcomeText(runs: readonly RunSummary[], width: number | undefined): string {
  const isGood = (run: RunSummary) => meaningOf(run.verdict) === 'good';
  const rows = [...runs.filter(isGood), ...runs.filter((run) => !isGood(run))];
  const shown = runs.length > MAX_SINGLE ? grouped(rows) : rows;
  const hints = rows.filter((run) => !isGood(run)).map(({ id }) => `  greenrack log ${id}`);
  const rest = hints.length - MAX_HINTS;
  return [
    verdictTable(shown, width === undefined ? {} : { width }),
    '',
    countText(runs),
    ...(hints.length > 0 ? ['what their boards wrote:', ...hints.slice(0, MAX_HINTS)] : []),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join('\n');
}

/** `500 runs: 498 pass, 2 fail`, the most frequent first. */
function countText(runs: readonly RunSummary[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of runs) {
    const name = verdict ?? 'no verdict';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([name, n]) => `${n} ${name}`);
  return `${counted(runs.length, 'run')}: ${parts.join(', ')}`;
}

/** One line for runs of one name, target, verdict and message, with the longest of their times. */
function grouped(runs: readonly RunSummary[]): RunSummary[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.name, run.target, run.verdict, run.rawVerdict, run.message]);
    const group = groups.get(key) ?? [];
    group.push(run);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length === 1) return group;
    const boards = new Set(group.map(({ board }) => board));
    const board = boards.size === 1 ? first.board : counted(boards.size, 'board');
    const durationMs = Math.max(...group.map((run) => run.durationMs ?? 0));
    return [{ ...first, name: `${first.name} ×${group.length}`, board, durationMs }];
  });
}
