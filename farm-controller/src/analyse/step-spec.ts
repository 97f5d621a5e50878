import { extname } from 'node:path';
import {
  type RunSpec,
  type SpecRun,
  type SubmissionSpec,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import type { Queries, RunRow } from '../store/for-stages.js';

/** A run as it was made, to be made again on one board. */
export interface RunOfImage {
  readonly imageName: string;
  readonly imageSha256: string;
  readonly spec: RunSpec;
  readonly submissionId: string;
}

/** Names that tell both images of a step apart, in its spec only: its runs have the name of the image. */
const NAMES = { A: 'good', B: 'bad' } as const;
type Side = keyof typeof NAMES;

/** How an image was run last in a series. */
export async function lastRunOf(
  db: Queries,
  { seriesId, ref, imageSha256 }: { seriesId: string; ref: string; imageSha256: string },
): Promise<RunOfImage | undefined> {
  const row = await db
    .selectFrom('points')
    .innerJoin('runs', 'runs.id', 'points.run_id')
    .select(['runs.image_name', 'runs.image_sha256', 'runs.spec_json', 'runs.submission_id'])
    .where('points.series_id', '=', seriesId)
    .where('points.ref', '=', ref)
    .where('points.image_sha256', '=', imageSha256)
    .orderBy('points.attempt_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && runOf(row);
}

export async function runById(db: Queries, id: string): Promise<RunOfImage | undefined> {
  const columns = ['image_name', 'image_sha256', 'spec_json', 'submission_id'] as const;
  const query = db.selectFrom('runs').select(columns);
  const row = await query.where('id', '=', id).executeTakeFirst();
  return row && runOf(row);
}

type RunColumns = Pick<RunRow, 'image_name' | 'image_sha256' | 'spec_json' | 'submission_id'>;

const runOf = (row: RunColumns): RunOfImage => ({
  imageName: row.image_name,
  imageSha256: row.image_sha256,
  spec: JSON.parse(row.spec_json) as RunSpec,
  submissionId: row.submission_id,
});

/** Both images in turns, one after the other on that board: a drift of the board meets both alike. */
export function stepSpec(
  run: RunOfImage,
  {
    name,
    board,
    images,
    sides,
  }: { name: string; board: string; images: Readonly<Record<Side, string>>; sides: string },
): SubmissionSpec {
  const used = (['A', 'B'] as const).filter((side) => sides.includes(side));
  const nameOf = (side: Side) => NAMES[side] + extname(run.imageName);
  return submissionSpecSchema.parse({
    ...{ version: 1, name, priority: 'low' },
    images: used.map((side) => ({ name: nameOf(side), sha256: images[side] })),
    runs: [...sides].map((side) => runOn(run.spec, nameOf(side === 'A' ? 'A' : 'B'), board)),
  });
}

/** The same run, once, on one board. Whatever it is known to do, it is measured. */
export function runOn(spec: RunSpec, image: string, board: string): SpecRun {
  const { requirement, partners: _, retries: _r, expect: _e, expectCases: _c, ...settings } = spec;
  const { target, fixtures, tags } = requirement;
  return { ...settings, image, target, fixtures, tags, board };
}

/** `pairs` pairs of runs, every second one the other way round: A B B A A B … */
export function sidesOf(pairs: number): string {
  return Array.from({ length: pairs }, (_, i) => (i % 2 === 0 ? 'AB' : 'BA')).join('');
}
