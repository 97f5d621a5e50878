import type { ScheduleEvent } from '@greenrack/farm-protocol';
import type { Queries } from '../store/for-stages.js';
import { eventOf } from './schedule-store.js';

/** Submissions of a schedule before one that are looked at. */
const MAX_BEFORE = 7;
const MAX_SKIPPED = 500;

/** Where a submission stands among those of its schedule. */
export interface Night {
  readonly schedule: { readonly id: string; readonly name: string };
  /** Ids of those before it, the latest first. */
  readonly before: readonly string[];
  /** Since the one before and until the next: times at which nothing was submitted. */
  readonly skipped: readonly ScheduleEvent[];
  /** When the next one was made; undefined while it is the latest. */
  readonly untilMs?: number;
}

/** The night of a submission; undefined when no schedule made it. */
export async function nightOf(db: Queries, submissionId: string): Promise<Night | undefined> {
  const own = await db
    .selectFrom('schedule_events')
    .innerJoin('schedules', 'schedules.id', 'schedule_events.schedule_id')
    .select(['schedules.id', 'schedules.name', 'schedule_events.seq'])
    .where('schedule_events.submission_id', '=', submissionId)
    .executeTakeFirst();
  if (!own) return undefined;
  const { id, name, seq } = own;
  const events = db.selectFrom('schedule_events').selectAll().where('schedule_id', '=', id);
  const made = events.where('kind', '=', 'submitted');
  const earlier = made.where('seq', '<', seq).orderBy('seq', 'desc').limit(MAX_BEFORE);
  const before = await earlier.execute();
  const next = await made.where('seq', '>', seq).orderBy('seq').limit(1).executeTakeFirst();
  let between = events.where('kind', '=', 'skipped').where('seq', '>', before[0]?.seq ?? 0);
  if (next) between = between.where('seq', '<', next.seq);
  const skipped = await between.orderBy('seq', 'desc').limit(MAX_SKIPPED).execute();
  return {
    schedule: { id, name },
    before: before.flatMap((row) => row.submission_id ?? []),
    skipped: skipped.map(eventOf),
    ...(next && { untilMs: next.at_ms }),
  };
}
