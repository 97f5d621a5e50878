import type { RetentionPolicy } from '@greenrack/farm-protocol';
import { type RawBuilder, sql } from 'kysely';
import type { Queries, Tx } from '../store/for-stages.js';
import { endOf, type Removal } from './policy.js';

/** What is used by something that has no row among runs, such as a schedule. */
export interface InUse {
  readonly submissions: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
}

/** Verdicts after which nobody looks for a cause. */
const GOOD = ['pass', 'flaky', 'xfail', 'skipped', 'cancelled'];

/** What is looked for, and for what time. */
export interface Looking {
  readonly nowMs: number;
  readonly limit: number;
  readonly inUse: InUse;
}

/** Submissions whose data of this kind may go, the longest finished first. */
export async function removableSubmissions(
  db: Queries,
  policy: RetentionPolicy,
  { data, column }: Removal,
  { nowMs, limit, inUse }: Looking,
): Promise<string[]> {
  const passedMs = endOf(policy.keep[data], nowMs);
  if (passedMs === undefined) return [];
  const failedMs = endOf(policy.failed[data], nowMs) ?? 0;
  const { rows } = await sql<{ id: string }>`
    select s.id from submissions s
    where s.${sql.raw(column)} is null and s.pinned_by is null and s.finished_ms < ${passedMs}
      and (s.finished_ms < ${failedMs} or not exists (
        select 1 from submission_verdicts v
        where v.submission_id = s.id and v.verdict not in (${sql.join(GOOD)})))
      and ${isNoRelease(policy, sql.ref('s.ref'))}
      and ${isNotNewest(policy)} and s.id not in (${listed(inUse.submissions)})
    order by s.finished_ms, s.id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Releases are kept for ever, with what they were tested with. */
export function isNoRelease(
  { releases }: RetentionPolicy,
  ref: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const begins = releases.map((prefix) => {
    // Counted by the database: it has other characters than JavaScript beyond the first 65 536.
    return sql`substr(${ref}, 1, length(cast(${prefix} as text))) = ${prefix}`;
  });
  if (begins.length === 0) return sql<boolean>`1 = 1`;
  return sql<boolean>`(${ref} is null or not (${sql.join(begins, sql` or `)}))`;
}

/** Whether the branch has enough that are newer. */
function isNotNewest({ branchNewest }: RetentionPolicy): RawBuilder<boolean> {
  return sql<boolean>`(s.sha is null or s.repository is null or s.ref is null or ${branchNewest} <= (
    select count(*) from (
      select 1 from submissions n
      where n.repository = s.repository and n.ref = s.ref and n.sha is not null and n.id > s.id
        and n.tenant = s.tenant limit ${branchNewest}) as newer))`;
}

/** Images that no submission with its consoles has used, the oldest first. */
export async function removableImages(
  db: Queries,
  policy: RetentionPolicy,
  { nowMs, limit, inUse }: Looking,
): Promise<string[]> {
  const untilMs = endOf(policy.keep.images, nowMs);
  if (untilMs === undefined) return [];
  const { rows } = await sql<{ sha256: string }>`
    select i.sha256 from images i
    where i.removed_ms is null and i.created_ms < ${untilMs}
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
  where r.image_sha256 = i.sha256 and s.consoles_removed_ms is null) and not exists (
  select 1 from partner_images p join submissions s on s.id = p.submission_id
  where p.image_sha256 = i.sha256 and s.consoles_removed_ms is null)`;

/** For `not in`; never empty, which SQL does not have. */
const listed = (ids: ReadonlySet<string>) => sql.join(['', ...ids]);
