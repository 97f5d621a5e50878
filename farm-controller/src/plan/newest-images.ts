import { partsOf } from '@greenrack/farm-model';
import type { Origin, RunSpec, SubmissionSpec } from '@greenrack/farm-protocol';
import { ofOrigin, type Queries } from '../store/for-stages.js';

/** Submissions of a branch among which the images are looked for. */
const MAX_LOOKED_AT = 100;

/** The branch whose images are wanted; other tenants may claim to have built it, too. */
export interface ImageSource {
  readonly tenant: string;
  readonly repository: string;
  readonly ref: string;
}

/** Images of one build, by name. */
export interface FoundImages {
  readonly submissionId: string;
  readonly origin: Origin;
  readonly sha256: ReadonlyMap<string, string>;
}

/** Names of the images that a spec does not give the hash of. */
export function wantedNames(spec: SubmissionSpec): Set<string> {
  const given = new Set(spec.images.filter(({ sha256 }) => sha256).map(({ name }) => name));
  const all = spec.runs.flatMap((run) => partsOf(run).map(({ image }) => image));
  return new Set(all.filter((name) => !given.has(name)));
}

/** The newest submission of the branch that has images of all these names. What runs an older one again does not count. */
export async function newestImages(
  db: Queries,
  { tenant, ...branch }: ImageSource,
  names: ReadonlySet<string>,
): Promise<FoundImages | undefined> {
  const submissions = await ofOrigin(db.selectFrom('submissions'), branch)
    .select(['id', 'origin_json'])
    .where('tenant', '=', tenant)
    .where('rerun_of', 'is', null)
    .orderBy('id', 'desc')
    .limit(MAX_LOOKED_AT)
    .execute();
  for (const { id, origin_json } of submissions) {
    const sha256 = await imagesOf(db, id, names);
    if (sha256.size === names.size && origin_json !== null)
      return { submissionId: id, origin: JSON.parse(origin_json) as Origin, sha256 };
  }
  return undefined;
}

async function imagesOf(
  db: Queries,
  submissionId: string,
  names: ReadonlySet<string>,
): Promise<Map<string, string>> {
  if (names.size === 0) return new Map();
  const rows = await db
    .selectFrom('runs')
    .innerJoin('images', 'images.sha256', 'runs.image_sha256')
    .select(['image_name', 'image_sha256'])
    .distinct()
    .where('submission_id', '=', submissionId)
    .where('image_name', 'in', [...names])
    .execute();
  const found = new Map(rows.map(({ image_name, image_sha256 }) => [image_name, image_sha256]));
  if (found.size === names.size) return found;
  for (const { imageName, imageSha256 } of await partnersOf(db, submissionId))
    if (names.has(imageName) && !found.has(imageName)) found.set(imageName, imageSha256);
  return found;
}

/** What ran on other boards beside the runs of a submission. */
async function partnersOf(db: Queries, submissionId: string) {
  const rows = await db
    .selectFrom('runs')
    .select('spec_json')
    .distinct()
    .where('submission_id', '=', submissionId)
    .where('spec_json', 'like', '%"partners":[%')
    .execute();
  return rows.flatMap(({ spec_json }) => (JSON.parse(spec_json) as RunSpec).partners ?? []);
}
