import type { Origin } from '@greenrack/farm-protocol';
import {
  type ChangeMetricRow,
  type ChangeRow,
  chunksFor,
  ofOrigin,
  type Queries,
} from '../store/for-stages.js';

/** Submissions of a branch, and points of a series, among which builds are looked for. */
export const MAX_LOOKED_AT = 2_000;
const IDS_PER_QUERY = 500;

/** An image of a branch, under the commit that it was first built from. */
export interface StoredBuild {
  readonly imageSha256: string;
  readonly sha: string | null;
  readonly atMs: number;
  /** Its bytes are there. */
  readonly stored: boolean;
}

/**
 * Builds of the same image on the same branch, whether they were measured on this board or not, in the order of their
 * commits; each image once. Where nobody said what was built, those that this series has measured.
 */
export async function branchBuilds(
  db: Queries,
  change: ChangeRow,
  metrics: readonly Pick<ChangeMetricRow, 'series_id'>[],
): Promise<StoredBuild[]> {
  const hasOrigin = change.repository !== null && change.ref !== '';
  const found = hasOrigin ? await ofBranch(db, change) : await ofSeries(db, change, metrics);
  const builds = new Map<string, Omit<StoredBuild, 'stored'>>();
  for (const one of found.sort((a, b) => a.atMs - b.atMs))
    if (!builds.has(one.imageSha256)) builds.set(one.imageSha256, one);
  const stored = await storedImages(db, [...builds.keys()]);
  return [...builds.values()].map((one) => ({ ...one, stored: stored.has(one.imageSha256) }));
}

type Found = Omit<StoredBuild, 'stored'>;

async function ofBranch(db: Queries, change: ChangeRow): Promise<Found[]> {
  const { repository, ref, tenant, image_name, target } = change;
  const submissions = await ofOrigin(db.selectFrom('submissions'), {
    ...(repository !== null && { repository }),
    ref,
  })
    .select(['id', 'origin_json', 'created_ms'])
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .limit(MAX_LOOKED_AT)
    .execute();
  const byId = new Map(submissions.map((one) => [one.id, one]));
  const found: Found[] = [];
  for (const ids of chunksFor([...byId.keys()], 1, IDS_PER_QUERY)) {
    const runs = await db
      .selectFrom('runs')
      .select(['submission_id', 'image_sha256'])
      .distinct()
      .where('submission_id', 'in', ids)
      .where('image_name', '=', image_name)
      .where('target', '=', target)
      .execute();
    for (const { submission_id, image_sha256: imageSha256 } of runs) {
      const of = byId.get(submission_id);
      if (!of || of.origin_json === null) continue;
      const { sha, commitMs } = JSON.parse(of.origin_json) as Origin;
      found.push({ imageSha256, sha, atMs: commitMs ?? of.created_ms });
    }
  }
  return found;
}

async function ofSeries(
  db: Queries,
  { ref }: ChangeRow,
  metrics: readonly Pick<ChangeMetricRow, 'series_id'>[],
): Promise<Found[]> {
  const points = await db
    .selectFrom('points')
    .select(['image_sha256', 'sha', 'commit_ms', 'at_ms'])
    .where('series_id', '=', metrics[0]?.series_id ?? '')
    .where('ref', '=', ref)
    .orderBy('attempt_id', 'desc')
    .limit(MAX_LOOKED_AT)
    .execute();
  return points.map((one) => ({
    imageSha256: one.image_sha256,
    sha: one.sha,
    atMs: one.commit_ms ?? one.at_ms,
  }));
}

async function storedImages(db: Queries, sha256: readonly string[]): Promise<Set<string>> {
  const stored = new Set<string>();
  for (const some of chunksFor(sha256, 1, IDS_PER_QUERY)) {
    const query = db.selectFrom('images').select('sha256').where('sha256', 'in', some);
    for (const row of await query.where('removed_ms', 'is', null).execute()) stored.add(row.sha256);
  }
  return stored;
}
