import { deviationOf, medianOf, metricKindOf } from '@greenrack/farm-model';
import type { AttemptEnd, MetricBounds, Origin } from '@greenrack/farm-protocol';
import {
  chunksFor,
  groupedInOrder,
  type MetricRow,
  type PointRow,
  parseJson,
  putAnalyses,
  runSpec,
  type SeriesRow,
  type StoreDatabase,
  stableId,
  type Tx,
} from '../store/for-stages.js';
import type { AttemptFold } from './attempt-fold.js';
import { type Environment, environmentRows } from './environment.js';

const SERIES_COLUMNS = 17;
const POINT_COLUMNS = 12;
const ENVIRONMENT_COLUMNS = 3;

/** How the names of metrics begin that a meter has measured. */
const OF_METERS = 'power.';
/** Verdicts of attempts that say nothing of the code. */
const NO_MEASUREMENT: ReadonlySet<string> = new Set(['infra', 'cancelled', 'blocked']);

/** What one attempt has measured of one series. */
interface Measured {
  readonly series: SeriesRow;
  readonly metrics: readonly MetricRow[];
  readonly bounds: MetricBounds | undefined;
  readonly point: PointRow;
}

/**
 * Makes points of what the attempts that end here have measured. A metric with another unit than its series has is
 * marked with that, and is no point.
 */
export async function recordPoints(
  db: StoreDatabase,
  tx: Tx,
  folds: readonly AttemptFold[],
  nowMs: number,
): Promise<void> {
  const ended = folds.filter(({ end, admission }) => end && isMeasurement(end, admission));
  const metrics = await metricsOf(tx, ended);
  if (metrics.length === 0) return;
  const ends = new Map(ended.map(({ admission, end }) => [admission.attempt.id, end]));
  const byAttempt = new Map(groupedInOrder(metrics, (row) => row.attempt_id));
  const contexts = await contextsOf(tx, [...byAttempt.keys()]);
  const environments = contexts.map((one) => environmentsOf(one, ends.get(one.id) ?? null));
  const measured = environments.flatMap(({ context, ...own }) =>
    measuredBy(context, byAttempt.get(context.id) ?? [], { ...own, nowMs }),
  );
  const rows = environments.flatMap(({ told, metered }) => [told, metered]);
  await insertEnvironments(db, tx, rows, nowMs);
  const points = await inTheirUnit(db, tx, await withinBounds(tx, measured));
  await writePoints(db, tx, points);
  await putAnalyses(tx, new Set(points.map(({ point }) => point.attempt_id)), nowMs);
}

function isMeasurement({ verdict }: AttemptEnd, { attempt }: AttemptFold['admission']): boolean {
  return !NO_MEASUREMENT.has(verdict) && attempt.health_check === 0;
}

async function metricsOf(tx: Tx, folds: readonly AttemptFold[]): Promise<MetricRow[]> {
  if (folds.length === 0) return [];
  const ids = folds.map(({ admission }) => admission.attempt.id);
  const query = tx.selectFrom('metrics').selectAll().where('attempt_id', 'in', ids);
  return query.orderBy('attempt_id').orderBy('seq').execute();
}

type Context = Awaited<ReturnType<typeof contextsOf>>[number];

/**
 * What of attempts, runs and submissions belongs to the keys of series and to their points. What the farm runs to confirm
 * a change is no part of a series.
 */
function contextsOf(tx: Tx, ids: readonly string[]) {
  return tx
    .selectFrom('attempts')
    .innerJoin('runs', 'runs.id', 'attempts.run_id')
    .innerJoin('submissions', 'submissions.id', 'runs.submission_id')
    .leftJoin('agents', 'agents.name', 'attempts.agent')
    .select([
      'attempts.id',
      'attempts.run_id',
      'attempts.board_serial',
      'attempts.assignment_json',
      'runs.target',
      'runs.image_name',
      'runs.image_sha256',
      'runs.spec_json',
      'submissions.tenant',
      'submissions.origin_json',
      'agents.version as agent_version',
    ])
    .where('attempts.id', 'in', ids)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('change_steps')
            .select('change_steps.seq')
            .whereRef('change_steps.submission_id', '=', 'runs.submission_id'),
        ),
      ),
    )
    .orderBy('attempts.id')
    .execute();
}

function environmentsOf(context: Context, end: AttemptEnd | null) {
  const assignment = parseJson<Environment['assignment']>(context.assignment_json);
  return { context, ...environmentRows(assignment, context.agent_version, end) };
}

function measuredBy(
  context: Context,
  metrics: readonly MetricRow[],
  { told, metered, nowMs }: ReturnType<typeof environmentRows> & { nowMs: number },
): Measured[] {
  const origin = context.origin_json === null ? null : parseJson<Origin>(context.origin_json);
  const { build = {}, metrics: bounds = {} } = runSpec(context);
  const groups = groupedInOrder(metrics, (row) => JSON.stringify([row.case_name ?? '', row.name]));
  return groups.flatMap(([, group]) => {
    const [first] = group;
    if (!first) return [];
    const key = {
      tenant: context.tenant,
      repository: origin?.repository ?? null,
      target: context.target,
      image_name: context.image_name,
      case_name: first.case_name ?? '',
      metric: first.name,
      board_serial: context.board_serial,
      toolchain: build.toolchain ?? null,
      profile: build.profile ?? null,
      configuration: build.configuration ?? null,
      instrument: null,
    };
    const id = stableId(
      'ser',
      Object.values(key).map((part) => part ?? ''),
    );
    const { unit, direction } = first;
    const kind = metricKindOf({ unit, ...(first.kind !== null && { kind: first.kind }) });
    const point = {
      series_id: id,
      attempt_id: context.id,
      run_id: context.run_id,
      at_ms: nowMs,
      image_sha256: context.image_sha256,
      ref: origin?.ref ?? '',
      sha: origin?.sha ?? null,
      commit_ms: origin?.commitMs ?? null,
      environment_id: (first.name.startsWith(OF_METERS) ? metered : told).id,
      ...{ value: first.value, repeats: 1, deviation: 0 },
    };
    const series = { id, ...key, unit, direction, kind, created_ms: nowMs, points_from_ms: null };
    return [{ series, metrics: group, bounds: bounds[first.name], point }];
  });
}

async function insertEnvironments(
  db: StoreDatabase,
  tx: Tx,
  environments: readonly { id: string; facts_json: string }[],
  nowMs: number,
): Promise<void> {
  const rows = groupedInOrder(environments, ({ id }) => id).flatMap(([, [first]]) =>
    first ? [{ ...first, first_ms: nowMs }] : [],
  );
  for (const chunk of chunksFor(rows, ENVIRONMENT_COLUMNS, db.dialect.maxParameters))
    await tx
      .insertInto('environments')
      .values(chunk)
      .onConflict((oc) => oc.doNothing())
      .execute();
}

/** Keeps the metrics that can be, and marks the others. */
async function withinBounds(tx: Tx, measured: readonly Measured[]): Promise<Measured[]> {
  const kept: Measured[] = [];
  for (const one of measured) {
    const { min = -Infinity, max = Infinity } = one.bounds ?? {};
    const isPossible = ({ value }: MetricRow) => value >= min && value <= max;
    for (const row of one.metrics.filter((row) => !isPossible(row)))
      await refuse(tx, row, impossible(row, { min, max }));
    const metrics = one.metrics.filter(isPossible);
    if (metrics.length > 0) kept.push({ ...one, metrics });
  }
  return kept;
}

function impossible(
  { value, unit }: MetricRow,
  { min, max }: { readonly min: number; readonly max: number },
): string {
  const bound = value < min ? `under ${min}` : `over ${max}`;
  return `${value} ${unit} is ${bound}, the bound that its run gives: no such value is possible`;
}

/** Writes the series that are new; keeps the metrics that have the unit of their series, and marks the others. */
async function inTheirUnit(
  db: StoreDatabase,
  tx: Tx,
  measured: readonly Measured[],
): Promise<Measured[]> {
  const byId = groupedInOrder(measured, ({ series }) => series.id);
  const rows = byId.flatMap(([, [first]]) => (first ? [first.series] : []));
  const known = new Map<string, SeriesRow>();
  for (const chunk of chunksFor(rows, SERIES_COLUMNS, db.dialect.maxParameters)) {
    await tx
      .insertInto('series')
      .values(chunk)
      .onConflict((oc) => oc.doNothing())
      .execute();
    const ids = chunk.map(({ id }) => id);
    const stored = await tx.selectFrom('series').selectAll().where('id', 'in', ids).execute();
    for (const row of stored) known.set(row.id, row);
  }
  for (const row of rows) await follow(tx, row, known.get(row.id));
  const kept: Measured[] = [];
  for (const one of measured) {
    const unit = known.get(one.series.id)?.unit ?? one.series.unit;
    const strange = one.metrics.filter((row) => row.unit !== unit);
    for (const row of strange) await refuse(tx, row, strangeUnit(row, unit));
    const metrics = one.metrics.filter((row) => row.unit === unit);
    if (metrics.length > 0) kept.push({ ...one, metrics });
  }
  return kept;
}

/** What a metric says of its direction and kind may change; the latest word counts. */
async function follow(tx: Tx, now: SeriesRow, stored: SeriesRow | undefined): Promise<void> {
  const { id, unit, direction, kind } = now;
  if (!stored || stored.unit !== unit) return;
  if (stored.direction === direction && stored.kind === kind) return;
  await tx.updateTable('series').set({ direction, kind }).where('id', '=', id).execute();
}

const strangeUnit = ({ unit }: MetricRow, own: string): string =>
  `it is in ${unit}, its series in ${own}: give the metric another name`;

async function refuse(tx: Tx, { attempt_id, seq }: MetricRow, refused: string): Promise<void> {
  await tx
    .updateTable('metrics')
    .set({ refused })
    .where('attempt_id', '=', attempt_id)
    .where('seq', '=', seq)
    .execute();
}

async function writePoints(
  db: StoreDatabase,
  tx: Tx,
  measured: readonly Measured[],
): Promise<void> {
  const rows = measured.map(({ point, metrics }) => {
    const values = metrics.map((row) => row.value);
    const value = medianOf(values);
    return { ...point, value, repeats: values.length, deviation: deviationOf(values, value) };
  });
  for (const chunk of chunksFor(rows, POINT_COLUMNS, db.dialect.maxParameters))
    await tx.insertInto('points').values(chunk).execute();
}
