import {
  FarmError,
  MAX_SCHEDULES_PER_TENANT,
  type ScheduleEvent,
  type ScheduleView,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import {
  dropDuties,
  numberCursor,
  pageOfRows,
  putDuty,
  type Queries,
  type ScheduleEventRow,
  type ScheduleRow,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { Page, PageRequest } from '../store/ports.js';

/** Events of one schedule that are kept. */
const MAX_EVENTS = 500;

/** A schedule as it is stored. */
export type Schedule = ScheduleRow;

/** What is written of something that happened to a schedule. */
export type NewEvent = Pick<ScheduleEvent, 'kind' | 'actor'> & Partial<Omit<ScheduleEvent, 'seq'>>;

/** Schedules and what happened to them. */
export class ScheduleStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  get queries(): Queries {
    return this.#db.queries;
  }

  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#db.transact(work);
  }

  /** @throws FarmError `conflict` when the tenant has one of that name, or too many */
  async insert(tx: Tx, row: Schedule): Promise<void> {
    const own = await tx
      .selectFrom('schedules')
      .select('name')
      .where('tenant', '=', row.tenant)
      .where('deleted', '=', 0)
      .execute();
    if (own.some(({ name }) => name === row.name)) throw taken(row.name);
    if (own.length >= MAX_SCHEDULES_PER_TENANT)
      throw new FarmError(
        'conflict',
        `${row.tenant} has ${own.length} schedules, the most that a tenant may have: delete one first`,
      );
    await tx.insertInto('schedules').values(row).execute();
    await this.write(tx, row.id, { kind: 'created', actor: row.created_by, atMs: row.created_ms });
    await this.arm(tx, row, row.created_ms);
  }

  /** A schedule, locked until the transaction ends. @throws FarmError `not_found` */
  async locked(tx: Tx, id: string): Promise<Schedule> {
    const query = tx.selectFrom('schedules').selectAll().where('id', '=', id);
    return found(await this.#db.dialect.lockRows(query).executeTakeFirst(), id);
  }

  async update(tx: Tx, id: string, set: Partial<Schedule>): Promise<void> {
    await tx.updateTable('schedules').set(set).where('id', '=', id).execute();
  }

  /** Has it done when it is due next, or not at all. */
  async arm(tx: Tx, { id, next_ms }: Pick<Schedule, 'id' | 'next_ms'>, nowMs: number) {
    if (next_ms === null) await dropDuties(tx, 'runSchedule', [id]);
    else await putDuty(tx, { kind: 'runSchedule', subject: id, dueMs: next_ms }, nowMs);
  }

  /** Adds to the history of a schedule, whose row is locked. */
  async write(tx: Tx, id: string, event: NewEvent): Promise<ScheduleEvent> {
    const { seq } = await tx
      .selectFrom('schedule_events')
      .select((eb) => eb.fn.coalesce(eb.fn.max('seq'), eb.lit(0)).as('seq'))
      .where('schedule_id', '=', id)
      .executeTakeFirstOrThrow();
    const whole = { ...NOTHING, ...event, seq: Number(seq) + 1 };
    await tx.insertInto('schedule_events').values(eventRow(id, whole)).execute();
    const old = tx.deleteFrom('schedule_events').where('schedule_id', '=', id);
    await old.where('seq', '<=', whole.seq - MAX_EVENTS).execute();
    return whole;
  }

  async get(id: string): Promise<Schedule> {
    const query = this.queries.selectFrom('schedules').selectAll().where('id', '=', id);
    return found(await query.executeTakeFirst(), id);
  }

  /** By id; deleted ones are left out. */
  async list({ limit, cursor }: PageRequest): Promise<Page<ScheduleView>> {
    let query = this.queries
      .selectFrom('schedules')
      .selectAll()
      .where('deleted', '=', 0)
      .orderBy('id')
      .limit(limit + 1);
    if (cursor !== undefined) query = query.where('id', '>', cursor);
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const cursorOf = (row: Schedule) => row.id;
    const rows = pageOfRows(await query.execute(), page, { view: (row) => row, cursorOf });
    const items: ScheduleView[] = [];
    for (const row of rows.items) items.push(await this.view(row));
    return { ...rows, items };
  }

  /** Newest first. */
  async history(id: string, page: PageRequest): Promise<Page<ScheduleEvent>> {
    const before = numberCursor(page);
    let query = this.queries
      .selectFrom('schedule_events')
      .selectAll()
      .where('schedule_id', '=', id)
      .orderBy('seq', 'desc')
      .limit(page.limit + 1);
    if (before !== undefined) query = query.where('seq', '<', before);
    return pageOfRows(await query.execute(), page, { view: eventOf, cursorOf: (row) => row.seq });
  }

  async view(row: Schedule): Promise<ScheduleView> {
    const { items } = await this.history(row.id, { limit: 1 });
    const [last = { ...NOTHING, seq: 0, kind: 'created' as const, actor: row.created_by }] = items;
    return {
      ...{ id: row.id, name: row.name, tenant: row.tenant, cron: row.cron, ref: row.ref },
      ...{ timeZone: row.time_zone, repository: row.repository, nextMs: row.next_ms },
      ...{ paused: row.paused === 1, deleted: row.deleted === 1, last },
      ...{ createdBy: row.created_by, createdMs: row.created_ms },
      lastSubmissionId: row.last_submission_id,
    };
  }
}

/** What is submitted, as it was accepted. */
export const specOf = (row: Schedule): SubmissionSpec =>
  JSON.parse(row.spec_json) as SubmissionSpec;

const NOTHING = { atMs: 0, plannedMs: null, missed: 0, submissionId: null, reason: '' } as const;

function found(row: Schedule | undefined, id: string): Schedule {
  if (!row) throw new FarmError('not_found', `schedule ${id}: there is none`);
  return row;
}

function taken(name: string): FarmError {
  return new FarmError('conflict', `there is a schedule '${name}' already: take another name`);
}

function eventRow(schedule_id: string, event: ScheduleEvent): ScheduleEventRow {
  const { seq, kind, actor, missed, reason } = event;
  const { atMs: at_ms, plannedMs: planned_ms, submissionId: submission_id } = event;
  return { schedule_id, seq, kind, actor, missed, reason, at_ms, planned_ms, submission_id };
}

export function eventOf(row: ScheduleEventRow): ScheduleEvent {
  const { seq, kind, actor, missed, reason } = row;
  return {
    ...{ seq, kind, actor, missed, reason },
    ...{ atMs: row.at_ms, plannedMs: row.planned_ms, submissionId: row.submission_id },
  };
}
