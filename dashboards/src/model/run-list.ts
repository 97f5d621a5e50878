import { boardLabelOf, filterBy, RUN_FIELDS } from '@greenrack/farm-model';
import type { RunView } from '@greenrack/farm-protocol';
import { BAR_ORDER, type Standing, severityOf, standingOf } from './verdict-words.js';

export const RUN_SORT_KEYS = [
  'ordinal',
  'name',
  'target',
  'board',
  'verdict',
  'cases',
  'duration',
] as const;
export type RunSortKey = (typeof RUN_SORT_KEYS)[number];

export interface RunListView {
  readonly text: string;
  /** Empty: all. */
  readonly standings: ReadonlySet<Standing>;
  readonly sort: RunSortKey;
  readonly descending: boolean;
}

const natural = new Intl.Collator('en', { numeric: true });

/** How long a run took, or has taken until `nowMs`; undefined before it starts. */
export function runDurationMs(run: RunView, nowMs: number): number | undefined {
  if (run.startedMs === null) return undefined;
  return Math.max(0, (run.finishedMs ?? nowMs) - run.startedMs);
}

// A run that still runs sorts as the longest: comparing against a moving clock would make rows jump.
const sortableDuration = (run: RunView) =>
  run.startedMs === null
    ? -1
    : run.finishedMs === null
      ? Number.MAX_SAFE_INTEGER
      : run.finishedMs - run.startedMs;

const COMPARE: Record<RunSortKey, (a: RunView, b: RunView) => number> = {
  ordinal: () => 0,
  name: (a, b) => natural.compare(a.name, b.name),
  target: (a, b) => natural.compare(a.requirement.target, b.requirement.target),
  board: (a, b) => natural.compare(boardLabelOf(a), boardLabelOf(b)),
  verdict: (a, b) => severityOf(standingOf(a)) - severityOf(standingOf(b)),
  cases: (a, b) => a.casesDone - b.casesDone,
  duration: (a, b) => sortableDuration(a) - sortableDuration(b),
};

/** Filters and sorts; ties keep the order of the spec. */
export function arrangeRuns(runs: Iterable<RunView>, view: RunListView): RunView[] {
  const { matches } = filterBy(view.text, RUN_FIELDS);
  const { standings } = view;
  const shown = [...runs].filter(
    (run) => (standings.size === 0 || standings.has(standingOf(run))) && matches(run),
  );
  const compare = COMPARE[view.sort];
  const sign = view.descending ? -1 : 1;
  return shown.sort((a, b) => sign * (compare(a, b) || a.ordinal - b.ordinal));
}

export interface StandingCount {
  readonly standing: Standing;
  readonly count: number;
}

/** How many runs have each standing, in the order of the bar; those without any are left out. */
export function countStandings(runs: Iterable<RunView>): StandingCount[] {
  const counts = new Map<Standing, number>();
  for (const run of runs) {
    const standing = standingOf(run);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return inBarOrder(counts);
}

/** Puts counts in the order of the bar and leaves out zeros. */
export function inBarOrder(counts: ReadonlyMap<Standing, number>): StandingCount[] {
  return BAR_ORDER.flatMap((standing) => {
    const count = counts.get(standing) ?? 0;
    return count > 0 ? [{ standing, count }] : [];
  });
}
