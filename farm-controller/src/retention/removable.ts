import { type RawBuilder, sql } from 'kysely';
import type { Queries, Tx } from '../store/for-stages.js';
import { DAY_MS, type RetentionPolicy } from './policy.js';

/** What is used by something that has no row among runs, such as a schedule. */
export interface InUse {
  readonly submissions: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
}

/** Verdicts after which nobody looks for a cause. */
const GOOD = ['pass', 'flaky', 'xfail', 'skipped', 'cancelled'];
/** Tags are releases: what they were tested with is kept for ever. */
const RELEASES = 'refs/tags/%';

/** Submissions whose logs may go, the longest finished first. */
export async function removableSubmissions(
  db: Queries,
  policy: RetentionPolicy,
  { nowMs, limit, inUse }: { nowMs: number; limit: number; inUse: InUse },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from submissions s
    where s.logs_removed_ms is null and s.pinned_by is null
      and s.finished_ms < ${nowMs - policy.logsDays * DAY_MS}
      and (s.finished_ms < ${nowMs - policy.failedLogsDays * DAY_MS} or not exists (
        select 1 from submission_verdicts v
        where v.submission_id = s.id and v.verdict not in (${sql.join(GOOD)})))
      and (s.ref is null or s.ref not like ${RELEASES})
      and ${isNotNewest(policy)} and s.id not in (${listed(inUse.submissions)})
    order by s.finished_ms limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Whether the branch has enough that are newer. */
function isNotNewest({ branchNewest }: RetentionPolicy): RawBuilder<boolean> {
  return sql<boolean>`(s.sha is null or s.repository is null or s.ref is null or ${branchNewest} <= (
    select count(*) from (
      select 1 from submissions n
      where n.repository = s.repository and n.ref = s.ref and n.sha is not null and n.id > s.id
        and n.tenant = s.tenant limit ${branchNewest}) as newer))`;
}

/** Images that no submission with its logs has used, the oldest first. */
export async function removableImages(
  db: Queries,
  policy: RetentionPolicy,
  { nowMs, limit, inUse }: { nowMs: number; limit: number; inUse: InUse },
): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`
    select i.sha256 from images i
    where i.removed_ms is null and i.created_ms < ${nowMs - policy.imagesDays * DAY_MS}
      and ${isUnused()} and i.sha256 not in (${listed(inUse.images)})
    order by i.created_ms limit ${limit}`.execute(db);
  return rows.map(({ sha256 }) => sha256);
}

/** Marks an image as removed unless something has come to use it. True when it is marked. */
export async function markImage(
  tx: Tx,
  sha256: string,
  { nowMs, isPostgres }: { nowMs: number; isPostgres: boolean },
): Promise<boolean> {
  // A run that is being written refers to the image, and one of both waits for the other.
  if (isPostgres) await sql`select 1 from images where sha256 = ${sha256} for update`.execute(tx);
  const { numAffectedRows = 0n } = await sql`
    update images as i set removed_ms = ${nowMs}
    where i.sha256 = ${sha256} and i.removed_ms is null and ${isUnused()}`.execute(tx);
  return numAffectedRows > 0n;
}

const isUnused = (): RawBuilder<boolean> => sql<boolean>`not exists (
  select 1 from runs r join submissions s on s.id = r.submission_id
  where r.image_sha256 = i.sha256 and s.logs_removed_ms is null) and not exists (
  select 1 from partner_images p join submissions s on s.id = p.submission_id
  where p.image_sha256 = i.sha256 and s.logs_removed_ms is null)`;

/** For `not in`; never empty, which SQL does not have. */
const listed = (ids: ReadonlySet<string>) => sql.join(['', ...ids]);
