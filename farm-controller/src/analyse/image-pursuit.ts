import type { ChangeMetricRow, ChangeRow, Queries, StoreDatabase } from '../store/for-stages.js';
import type { Clock } from '../timing/clock.js';
import { type Ends, orderUnknown } from './change-ends.js';
import { settleLinked } from './change-outcome.js';
import { split } from './change-split.js';
import type { FootprintReader } from './footprint-reader.js';
import { IMAGE_METRICS, nothingToTell } from './image-measurer.js';
import { bestMetric } from './step-judge.js';
import { branchBuilds, type StoredBuild } from './stored-builds.js';

/** Points of a series that are looked at, the latest. */
const MAX_POINTS = 2_000;
/** Nobody has accepted such a change. */
const UNDER_WAY = ['confirm', 'bisect'] as const;

export interface ImagePursuitDeps {
  readonly database: StoreDatabase;
  readonly footprints: Pick<FootprintReader, 'read'>;
  readonly clock: Clock;
}

interface Known {
  readonly change: ChangeRow;
  readonly metrics: readonly ChangeMetricRow[];
}

interface Place extends Ends {
  readonly metric: ChangeMetricRow;
  /** Nothing lies between them that was not measured. */
  readonly exact: boolean;
}

/** Finds the first bad build of what images show by themselves. Their bytes are read, nothing is run. */
export class ImagePursuit {
  readonly #deps: ImagePursuitDeps;

  constructor(deps: ImagePursuitDeps) {
    this.#deps = deps;
  }

  async pursue({ change, metrics }: Known, signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    const builds = await branchBuilds(database.queries, change, metrics);
    const at = (sha256: string) => builds.findIndex(({ imageSha256 }) => imageSha256 === sha256);
    const [from, to] = [at(change.good_sha256), at(change.bad_sha256)];
    const best = bestMetric(metrics);
    if (!best || best.before_value === best.after_value)
      return await this.#set(change, { state: 'refuted', work: 'done' });
    if (from < 0 || to <= from) return await this.#set(change, orderUnknown(change));
    const places: Place[] = [];
    for (const metric of metrics)
      places.push(await this.#placeOf(builds.slice(from, to + 1), { change, metric, signal }));
    await this.#write(change, places, { best, nowMs: clock.now() });
  }

  /** Halves the builds until the first is known that measures something else than the good one. */
  async #placeOf(
    builds: readonly StoredBuild[],
    of: { change: ChangeRow; metric: ChangeMetricRow; signal: AbortSignal },
  ): Promise<Place> {
    const values = await this.#valuesOf(builds, of);
    const usable = builds.filter((one) => one.stored || values.has(one.imageSha256));
    let [good, bad] = [0, usable.length - 1];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      const value = await this.#valueOf(usable[middle], values, of);
      if (value === undefined) {
        usable.splice(middle, 1);
        bad -= 1;
      } else if (value === of.metric.before_value) good = middle;
      else bad = middle;
    }
    const [last, first] = [usable[good], usable[bad]];
    return {
      metric: of.metric,
      ...{ good_sha256: last?.imageSha256 ?? '', good_sha: last?.sha ?? null },
      ...{ bad_sha256: first?.imageSha256 ?? '', bad_sha: first?.sha ?? null },
      exact: first !== undefined && builds[builds.indexOf(first) - 1] === last,
    };
  }

  /** What has been measured already, by image. */
  async #valuesOf(
    builds: readonly StoredBuild[],
    { change, metric }: { change: ChangeRow; metric: ChangeMetricRow },
  ): Promise<Map<string, number>> {
    const wanted = new Set(builds.map(({ imageSha256 }) => imageSha256));
    const points = await this.#deps.database.queries
      .selectFrom('points')
      .select(['image_sha256', 'value'])
      .where('series_id', '=', metric.series_id)
      .where('ref', '=', change.ref)
      .orderBy('attempt_id', 'desc')
      .limit(MAX_POINTS)
      .execute();
    const known = points.filter(({ image_sha256 }) => wanted.has(image_sha256));
    return new Map(known.map(({ image_sha256, value }) => [image_sha256, value]));
  }

  async #valueOf(
    build: StoredBuild | undefined,
    values: ReadonlyMap<string, number>,
    { change, metric, signal }: { change: ChangeRow; metric: ChangeMetricRow; signal: AbortSignal },
  ): Promise<number | undefined> {
    if (!build) return undefined;
    const known = values.get(build.imageSha256);
    if (known !== undefined) return known;
    const { tenant } = change;
    const footprint = await this.#deps.footprints
      .read(build.imageSha256, { tenant, signal })
      .catch(nothingToTell);
    const name = await metricName(this.#deps.database.queries, metric);
    return footprint && IMAGE_METRICS[name]?.(footprint);
  }

  /** Metrics that moved elsewhere than the best one are changes of their own. */
  async #write(
    change: ChangeRow,
    places: readonly Place[],
    { best, nowMs }: { best: ChangeMetricRow; nowMs: number },
  ): Promise<void> {
    const own = places.find(({ metric }) => metric.series_id === best.series_id);
    if (!own) return;
    await this.#deps.database.transact(async (tx) => {
      const { metric: _, exact, ...ends } = own;
      const state = change.assignee === null ? 'verified' : 'assigned';
      const set = { state, work: 'done', exact: exact ? 1 : 0, missing: null, ...ends } as const;
      const { numUpdatedRows } = await tx
        .updateTable('changes')
        .set({ ...set, changed_ms: nowMs })
        .where('id', '=', change.id)
        .where('work', 'in', UNDER_WAY)
        .executeTakeFirst();
      // Somebody has accepted it meanwhile.
      if (numUpdatedRows === 0n) return;
      for (const { metric, exact: _e, ...other } of places) {
        const isSame = other.bad_sha256 === own.bad_sha256;
        if (!isSame) await split(tx, change, { metric, ...other, nowMs });
        else
          await tx
            .updateTable('change_metrics')
            .set({ outcome: 'confirmed', shift: metric.after_value - metric.before_value })
            .where('change_id', '=', change.id)
            .where('series_id', '=', metric.series_id)
            .execute();
      }
      await settleLinked(tx, change, true);
    });
  }

  async #set(change: ChangeRow, set: Partial<ChangeRow>): Promise<void> {
    const { database, clock } = this.#deps;
    await database.transact((tx) =>
      tx
        .updateTable('changes')
        .set({ ...set, changed_ms: clock.now() })
        .where('id', '=', change.id)
        .where('work', 'in', UNDER_WAY)
        .execute(),
    );
  }
}

async function metricName(db: Queries, { series_id }: ChangeMetricRow): Promise<string> {
  const query = db.selectFrom('series').select('metric').where('id', '=', series_id);
  return (await query.executeTakeFirst())?.metric ?? '';
}
