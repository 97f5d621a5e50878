import { setImmediate } from 'node:timers/promises';
import { shareInterval } from '@greenrack/farm-model';
import { type Flake, newId, type RunSpec } from '@greenrack/farm-protocol';
import { chunksFor, type Queries } from '../store/for-stages.js';

/** Attempts that are looked at, the newest; and how many of them at a time: others have turns in between. */
const MAX_ATTEMPTS = 20_000;
const ATTEMPTS_AT_A_TIME = 1_000;
const IDS_PER_QUERY = 500;
const MAX_FLAKES = 500;
/** Verdicts that say something of image and board. */
const SAYING = ['pass', 'fail', 'crash', 'hang'] as const;
/** Ids begin with their time: prefix, underscore, ten digits. */
const TIME_DIGITS = 14;

/** One attempt, and which of its cases were anything but good. */
export interface Execution {
  readonly target: string;
  readonly imageName: string;
  readonly imageSha256: string;
  readonly board: string;
  readonly fixtures: readonly string[];
  readonly startedMs: number;
  readonly passed: boolean;
  readonly badCases: ReadonlySet<string>;
}

interface Wanted {
  readonly sinceMs: number;
  readonly target?: string | undefined;
  readonly image?: string | undefined;
}

/** Attempts since then. Only where an image has passed and failed are its cases read: no case does both elsewhere. */
export async function readExecutions(db: Queries, wanted: Wanted): Promise<Execution[]> {
  const rows = await readAttempts(db, wanted);
  const mixed = mixedImages(rows);
  const failed = rows.filter((row) => row.verdict !== 'pass' && mixed.has(keyOf(row)));
  const bad = new Map<string, Set<string>>();
  for (const some of chunksFor(failed, 1, IDS_PER_QUERY)) {
    const cases = await db
      .selectFrom('cases')
      .select(['attempt_id', 'name'])
      .where(
        'attempt_id',
        'in',
        some.map(({ id }) => id),
      )
      .where('verdict', 'not in', ['pass', 'skipped'])
      .execute();
    for (const { attempt_id, name } of cases)
      bad.set(attempt_id, (bad.get(attempt_id) ?? new Set()).add(name));
  }
  return rows.map((row) => ({
    ...{ target: row.target, imageName: row.image_name, imageSha256: row.image_sha256 },
    ...{ board: row.board_serial, startedMs: row.started_ms, passed: row.verdict === 'pass' },
    fixtures: mixed.has(keyOf(row))
      ? (JSON.parse(row.spec_json) as RunSpec).requirement.fixtures
      : [],
    badCases: bad.get(row.id) ?? new Set(),
  }));
}

type Row = Awaited<ReturnType<typeof attemptsBefore>>[number];

async function readAttempts(db: Queries, wanted: Wanted): Promise<Row[]> {
  const rows: Row[] = [];
  for (let before: string | undefined; rows.length < MAX_ATTEMPTS; await setImmediate()) {
    const page = await attemptsBefore(db, wanted, before);
    rows.push(...page);
    before = page.at(-1)?.id;
    if (page.length < ATTEMPTS_AT_A_TIME) break;
  }
  return rows;
}

/** Where only some tests are wanted, their attempts are found by their names: others are not walked through. */
function attemptsBefore(db: Queries, { sinceMs, target, image }: Wanted, before?: string) {
  let tests = db.selectFrom('tests').select('id').where('case_name', '=', '');
  if (target !== undefined) tests = tests.where('target', '=', target);
  if (image !== undefined) tests = tests.where('image_name', '=', image);
  let query = db
    .selectFrom('attempts')
    .innerJoin('runs', 'runs.id', 'attempts.run_id')
    .select(['attempts.id', 'attempts.verdict', 'attempts.board_serial', 'attempts.started_ms'])
    .select(['runs.target', 'runs.image_name', 'runs.image_sha256', 'runs.spec_json'])
    .where('attempts.id', '>=', newId('att', sinceMs).slice(0, TIME_DIGITS))
    .where('attempts.state', '=', 'finished')
    .where('attempts.verdict', 'in', SAYING)
    .where('runs.health_check', '=', 0);
  if (target !== undefined || image !== undefined)
    query = query.where('attempts.test_id', 'in', tests);
  if (before !== undefined) query = query.where('attempts.id', '<', before);
  return query.orderBy('attempts.id', 'desc').limit(ATTEMPTS_AT_A_TIME).execute();
}

const keyOf = (row: Row) => `${row.target} ${row.image_name} ${row.image_sha256}`;

function mixedImages(rows: readonly Row[]): Set<string> {
  const seen = (passed: boolean) =>
    new Set(rows.filter(({ verdict }) => (verdict === 'pass') === passed).map(keyOf));
  const failed = seen(false);
  return new Set([...seen(true)].filter((key) => failed.has(key)));
}

/** Tests that did both with one image, the surest first. Others have turns between two tests. */
export async function flakesOf(executions: readonly Execution[]): Promise<Flake[]> {
  const byImage = grouped(executions, (one) => `${one.target} ${one.imageName}`);
  const found: Flake[] = [];
  for (const group of byImage.values()) {
    const mixed = bothOf(group);
    const names = new Set(mixed.flatMap(({ badCases }) => [...badCases]));
    for (const name of [null, ...names]) {
      found.push(...flakeOf(mixed, name));
      await setImmediate();
    }
  }
  return found.sort((a, b) => b.low - a.low).slice(0, MAX_FLAKES);
}

/** Executions of images that did both. */
function bothOf(group: readonly Execution[]): Execution[] {
  const images = [...grouped(group, ({ imageSha256 }) => imageSha256).values()];
  const isMixed = (runs: readonly Execution[]) =>
    runs.some(({ passed }) => passed) && runs.some(({ passed }) => !passed);
  return images.filter(isMixed).flat();
}

/** One test: the image as a whole, or a case of it. */
function flakeOf(mixed: readonly Execution[], caseName: string | null): Flake[] {
  const hasFailed = (one: Execution) =>
    caseName === null ? !one.passed : one.badCases.has(caseName);
  const images = [...grouped(mixed, ({ imageSha256 }) => imageSha256).values()].filter((runs) =>
    runs.some(hasFailed),
  );
  const runs = images.flat();
  const [first] = runs;
  if (!first) return [];
  const clusters = [
    ...clustersBy('board', runs, { hasFailed, valuesOf: ({ board }) => [board] }),
    ...clustersBy('fixture', runs, { hasFailed, valuesOf: ({ fixtures }) => fixtures }),
    ...clustersBy('hour', runs, { hasFailed, valuesOf: (one) => [quarterOf(one.startedMs)] }),
  ];
  const { target, imageName } = first;
  const failed = runs.filter(hasFailed);
  const lastMs = failed.reduce((last, { startedMs }) => Math.max(last, startedMs), 0);
  return [
    {
      ...{ target, imageName, caseName, images: images.length, clusters, lastMs },
      ...shareOf(failed.length, runs.length),
    },
  ];
}

/** A quarter of the day, in UTC. */
function quarterOf(ms: number): string {
  const from = 6 * Math.floor(new Date(ms).getUTCHours() / 6);
  return `${String(from).padStart(2, '0')}–${String(from + 6).padStart(2, '0')} h UTC`;
}

/** Where it fails more often than anywhere else, beyond what chance explains. */
function clustersBy(
  by: Flake['clusters'][number]['by'],
  runs: readonly Execution[],
  {
    hasFailed,
    valuesOf,
  }: {
    hasFailed: (one: Execution) => boolean;
    valuesOf: (one: Execution) => readonly string[];
  },
): Flake['clusters'] {
  const counts = new Map<string, { failures: number; runs: number }>();
  let failures = 0;
  for (const one of runs) {
    const failed = hasFailed(one) ? 1 : 0;
    failures += failed;
    for (const value of new Set(valuesOf(one))) {
      const count = counts.get(value) ?? { failures: 0, runs: 0 };
      counts.set(value, { failures: count.failures + failed, runs: count.runs + 1 });
    }
  }
  return [...counts].flatMap(([value, here]) => {
    const rest = runs.length - here.runs;
    const own = shareOf(here.failures, here.runs);
    const others = shareOf(failures - here.failures, rest);
    return rest > 0 && own.low > others.high ? [{ by, value, ...own }] : [];
  });
}

function shareOf(failures: number, runs: number) {
  const [low, high] = shareInterval(failures, runs);
  return { failures, runs, rate: failures / runs, low, high };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
