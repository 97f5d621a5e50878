import type { ChangeMetricRow, ChangeRow, ChangeStepRow, Queries } from '../store/for-stages.js';
import { blocked } from './change-outcome.js';
import { branchBuilds, MAX_LOOKED_AT, type StoredBuild } from './stored-builds.js';

/** Two images that are to be run in turns. */
export type Ends = Pick<ChangeRow, 'good_sha256' | 'good_sha' | 'bad_sha256' | 'bad_sha'>;

type Found = Ends | { readonly set: Partial<ChangeRow> };

const MAX_NAMED = 5;

/**
 * The images by which a change is confirmed: those where it was found; when one of them is gone, the next one on the same
 * level that is stored.
 */
export async function endsToRun(
  db: Queries,
  change: ChangeRow,
  metrics: readonly ChangeMetricRow[],
  best: ChangeMetricRow,
): Promise<Found> {
  const builds = await branchBuilds(db, change, metrics);
  const levels = await levelsOf(db, change.ref, best);
  // The ends were chosen by whoever found the change, or asked for it: only for another image its level has to tell.
  const isLike = ({ imageSha256 }: StoredBuild, bad: boolean) =>
    imageSha256 === (bad ? change.bad_sha256 : change.good_sha256) ||
    levels.get(imageSha256) === bad;
  const at = (sha256: string) => builds.findIndex(({ imageSha256 }) => imageSha256 === sha256);
  const [from, to] = [at(change.good_sha256), at(change.bad_sha256)];
  const before = builds.slice(0, from + 1);
  const after = to < 0 ? [] : builds.slice(to);
  const good = before.findLast((one) => one.stored && isLike(one, false));
  const bad = after.find((one) => one.stored && isLike(one, true));
  if (good && bad)
    return {
      ...{ good_sha256: good.imageSha256, good_sha: good.sha },
      ...{ bad_sha256: bad.imageSha256, bad_sha: bad.sha },
    };
  const gone = good
    ? named(change.bad_sha, change.bad_sha256)
    : named(change.good_sha, change.good_sha256);
  const why =
    (good ? to : from) < 0
      ? `${gone} is not among the latest builds of the branch`
      : `the image of ${gone} is not stored any more, nor is another on its level`;
  return { set: blocked(`${why}: submit that build again, then have it tried again`) };
}

/** Of what a series has measured lately, by image: whether it is nearer to the level after the change. */
async function levelsOf(
  db: Queries,
  ref: string,
  { series_id, before_value, after_value }: ChangeMetricRow,
): Promise<Map<string, boolean>> {
  const latest = db
    .selectFrom('points')
    .select(['image_sha256', 'value'])
    .where('series_id', '=', series_id)
    .where('ref', '=', ref)
    .orderBy('attempt_id', 'desc')
    .limit(MAX_LOOKED_AT)
    .as('latest');
  const points = await db
    .selectFrom(latest)
    .select(['image_sha256', (eb) => eb.fn.avg<number>('value').as('value')])
    .groupBy('image_sha256')
    .execute();
  return new Map(
    points.map(({ image_sha256, value }) => [
      image_sha256,
      Math.abs(Number(value) - after_value) < Math.abs(Number(value) - before_value),
    ]),
  );
}

/** The image in the middle of those that may be the first bad one; or, when there is none, what is known then. */
export async function nextBuild(
  db: Queries,
  {
    change,
    metrics,
    steps,
  }: {
    change: ChangeRow;
    metrics: readonly ChangeMetricRow[];
    steps: readonly ChangeStepRow[];
  },
): Promise<Found> {
  const builds = await branchBuilds(db, change, metrics);
  const at = (sha256: string) => builds.findIndex(({ imageSha256 }) => imageSha256 === sha256);
  const [from, to] = [at(change.good_sha256), at(change.bad_sha256)];
  const between = builds.slice(from + 1, Math.max(0, to));
  const mute = steps.filter(({ outcome }) => outcome === 'untestable');
  const untestable = new Set(mute.map(({ bad_sha256 }) => bad_sha256));
  const usable = between.filter((one) => one.stored && !untestable.has(one.imageSha256));
  const middle = usable[usable.length >> 1];
  const { good_sha256, good_sha } = change;
  if (middle) return { good_sha256, good_sha, bad_sha256: middle.imageSha256, bad_sha: middle.sha };
  if (between.length > 0) return { set: { work: 'done', exact: 0, missing: missingOf(between) } };
  if (from >= 0 && to === from + 1) {
    const isShown = metrics.every(({ outcome }) => outcome !== null);
    return { set: { work: isShown ? 'done' : 'confirm', exact: 1, missing: null } };
  }
  return { set: orderUnknown(change) };
}

/** Nothing can be looked for between builds of which nobody knows which comes first. */
export function orderUnknown(change: ChangeRow): Pick<ChangeRow, 'work' | 'exact' | 'missing'> {
  const good = named(change.good_sha, change.good_sha256);
  const bad = named(change.bad_sha, change.bad_sha256);
  const missing = `${good} is not known to come before ${bad} among the latest builds of the branch`;
  return { work: 'done', exact: 0, missing };
}

/** Builds that nobody can ask any more: the first bad one may be any of them. */
function missingOf(between: readonly StoredBuild[]): string {
  const few = between.slice(0, MAX_NAMED).map((one) => named(one.sha, one.imageSha256));
  const more = between.length > MAX_NAMED ? ` and ${between.length - MAX_NAMED} more` : '';
  return `the first bad build may also be ${few.join(', ')}${more}: their images are not stored any more, or measure nothing`;
}

const named = (sha: string | null, sha256: string): string =>
  sha === null ? `image ${sha256.slice(0, 12)}` : `commit ${sha.slice(0, 12)}`;
