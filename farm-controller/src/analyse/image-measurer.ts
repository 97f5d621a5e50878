import { FarmError, type Origin } from '@greenrack/farm-protocol';
import type { Footprint } from '@greenrack/firmware';
import {
  type PointRow,
  parseJson,
  putAnalyses,
  type Queries,
  runSpec,
  type SeriesRow,
  type StoreDatabase,
  stableId,
  type Tx,
} from '../store/for-stages.js';
import type { Clock } from '../timing/clock.js';
import type { FootprintReader } from './footprint-reader.js';

/** What of an image is measured without a board, by the names of its metrics. */
export const IMAGE_METRICS: Readonly<Record<string, (footprint: Footprint) => number>> = {
  'footprint.flash': ({ flashBytes }) => flashBytes,
  'footprint.ram': ({ ramBytes }) => ramBytes,
};
/** Series of images have no board. */
export const NO_BOARD = '';
/** All that could differ is in the image itself. */
const ENVIRONMENT = { id: stableId('env', ['image']), facts_json: '{"driver":"image"}' } as const;

export interface ImageMeasurerDeps {
  readonly database: StoreDatabase;
  readonly footprints: Pick<FootprintReader, 'read'>;
  readonly clock: Clock;
}

type Built = Awaited<ReturnType<typeof builtImages>>[number];

/** Makes points of what images are by themselves, once their submission stands: nothing has to run for that. */
export class ImageMeasurer {
  readonly #deps: ImageMeasurerDeps;

  constructor(deps: ImageMeasurerDeps) {
    this.#deps = deps;
  }

  /** The duty. What an earlier try has measured is not measured again. */
  async measure(submissionId: string, signal: AbortSignal): Promise<void> {
    const { database, footprints, clock } = this.#deps;
    for (const built of await builtImages(database.queries, submissionId)) {
      const attemptId = pointId(built.id);
      if (await this.#isMeasured(attemptId)) continue;
      const footprint = await footprints
        .read(built.image_sha256, { tenant: built.tenant, signal })
        .catch(nothingToTell);
      if (footprint)
        await database.transact((tx) => writePoints(tx, { built, footprint, nowMs: clock.now() }));
    }
  }

  async #isMeasured(attemptId: string): Promise<boolean> {
    const query = this.#deps.database.queries.selectFrom('points').select('series_id');
    return (await query.where('attempt_id', '=', attemptId).executeTakeFirst()) !== undefined;
  }
}

/** The first run of each image, under each name and target that it has in a submission whose origin is known. */
function builtImages(db: Queries, submissionId: string) {
  const firsts = db
    .selectFrom('runs')
    .select((eb) => eb.fn.min('id').as('id'))
    .where('submission_id', '=', submissionId)
    .groupBy(['image_sha256', 'image_name', 'target']);
  return db
    .selectFrom('runs')
    .innerJoin('submissions', 'submissions.id', 'runs.submission_id')
    .select(['runs.id', 'runs.image_sha256', 'runs.image_name', 'runs.target', 'runs.spec_json'])
    .select(['submissions.tenant', 'submissions.origin_json'])
    .where('runs.id', 'in', firsts)
    .where('submissions.origin_json', 'is not', null)
    .orderBy('runs.id')
    .execute();
}

/** In the place of an attempt stands the run, which comes once, too. */
const pointId = (runId: string): string => `att_${runId.slice('run_'.length)}`;

/** Removed meanwhile, or of a format that says nothing of it: there is no point, as of a run that measures nothing. */
export function nothingToTell(error: unknown): undefined {
  const told = error instanceof FarmError ? error.code : undefined;
  if (told !== 'not_found' && told !== 'image_unsupported' && told !== 'image_broken') throw error;
}

interface MeasuredImage {
  readonly built: Built;
  readonly footprint: Footprint;
  readonly nowMs: number;
}

async function writePoints(tx: Tx, { built, footprint, nowMs }: MeasuredImage): Promise<void> {
  const rows = Object.entries(IMAGE_METRICS).map(([metric, measure]) => {
    const series = seriesOf(built, metric, nowMs);
    return { series, point: pointOf(built, { series, value: measure(footprint), nowMs }) };
  });
  await tx
    .insertInto('environments')
    .values({ ...ENVIRONMENT, first_ms: nowMs })
    .onConflict((oc) => oc.doNothing())
    .execute();
  await tx
    .insertInto('series')
    .values(rows.map(({ series }) => series))
    .onConflict((oc) => oc.doNothing())
    .execute();
  await tx
    .insertInto('points')
    .values(rows.map(({ point }) => point))
    .onConflict((oc) => oc.doNothing())
    .execute();
  await putAnalyses(tx, [pointId(built.id)], nowMs);
}

function seriesOf(built: Built, metric: string, created_ms: number): SeriesRow {
  const { build = {} } = runSpec(built);
  const key = {
    tenant: built.tenant,
    repository: originOf(built)?.repository ?? null,
    target: built.target,
    image_name: built.image_name,
    ...{ case_name: '', metric, board_serial: NO_BOARD },
    toolchain: build.toolchain ?? null,
    profile: build.profile ?? null,
    configuration: build.configuration ?? null,
    instrument: null,
  };
  const id = stableId(
    'ser',
    Object.values(key).map((part) => part ?? ''),
  );
  const facts = { unit: 'bytes', direction: 'lower', kind: 'exact' } as const;
  return { id, ...key, ...facts, created_ms, points_from_ms: null };
}

function pointOf(
  built: Built,
  { series, value, nowMs }: { series: SeriesRow; value: number; nowMs: number },
): PointRow {
  const origin = originOf(built);
  return {
    ...{ series_id: series.id, attempt_id: pointId(built.id), run_id: built.id, at_ms: nowMs },
    ...{ value, repeats: 1, deviation: 0, image_sha256: built.image_sha256 },
    ...{ ref: origin?.ref ?? '', sha: origin?.sha ?? null, commit_ms: origin?.commitMs ?? null },
    environment_id: ENVIRONMENT.id,
  };
}

const originOf = ({ origin_json }: Built): Origin | null =>
  origin_json === null ? null : parseJson<Origin>(origin_json);
