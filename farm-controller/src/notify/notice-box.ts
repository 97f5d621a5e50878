import { filterBy, NOTICE_FIELDS } from '@greenrack/farm-model';
import { FarmError, type Notice, newId } from '@greenrack/farm-protocol';
import { type NoticeRow, putDuty, type StoreDatabase, type Tx } from '../store/for-stages.js';
import { termsOf } from './subscription-store.js';

/** Messages to one subscriber in an hour; the last of them stands for all that are too many. */
export const MAX_PER_HOUR = 20;
const HOUR_MS = 3_600_000;
/** Notices that wait for one target; more are not kept while it is away. */
const MAX_WAITING = 1_000;
const KEEP_MS = 30 * 86_400_000;
const MAX_DIGEST_LINES = 50;

/** What happened, to be told once to each who wants to know. */
export interface Told {
  /** Names it for ever. */
  readonly event: string;
  /** Whose it is; undefined for what belongs to the farm. */
  readonly tenant?: string;
  /** Of subscribers to any of these; the facts have the one that it is. */
  readonly kinds: readonly string[];
  readonly body: NoticeBody;
}

export type NoticeBody = Omit<Notice, 'id' | 'version' | 'atMs'>;

/** Notices that go with one message. */
export interface Message {
  readonly notice: Notice;
  readonly ids: readonly string[];
}

/** What is told, until it is sent. */
export class NoticeBox {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** Writes a notice for everyone who wants to know; those that have it already get no other. */
  async tell({ event, tenant, kinds, body }: Told, nowMs: number): Promise<void> {
    await this.#db.transact(async (tx) => {
      let rows = tx.selectFrom('subscriptions').selectAll().orderBy('id');
      if (tenant !== undefined) rows = rows.where('tenant', '=', tenant);
      for (const row of await rows.execute()) {
        const terms = termsOf(row);
        const isWanted = terms.kinds.some((kind) => kinds.includes(kind));
        if (!isWanted || !filterBy(terms.filter, NOTICE_FIELDS).matches(body.facts)) continue;
        await this.#put(tx, { subscriptionId: row.id, event, body }, nowMs);
      }
    });
  }

  async #put(
    tx: Tx,
    { subscriptionId, event, body }: { subscriptionId: string; event: string; body: NoticeBody },
    nowMs: number,
  ): Promise<void> {
    const waiting = tx.selectFrom('notices').select((eb) => eb.fn.countAll<number>().as('n'));
    const { n } = await waiting
      .where('subscription_id', '=', subscriptionId)
      .where('sent_ms', 'is', null)
      .where('error_json', 'is', null)
      .executeTakeFirstOrThrow();
    if (Number(n) >= MAX_WAITING) return;
    const row = {
      ...{ id: newId('ntc', nowMs), subscription_id: subscriptionId, event, created_ms: nowMs },
      ...{ body_json: JSON.stringify(body), message_id: null, sent_ms: null, error_json: null },
    };
    const put = tx
      .insertInto('notices')
      .values(row)
      .onConflict((oc) => oc.doNothing());
    if (!(await put.returning('id').executeTakeFirst())) return;
    await putDuty(tx, { kind: 'sendNotices', subject: subscriptionId, dueMs: nowMs }, nowMs);
  }

  /**
   * What to send next, decided for good before it is sent: whoever sends it again after a crash sends the same.
   * `nextMs`: so many have been sent that the rest waits until then.
   */
  next(subscriptionId: string, nowMs: number): Promise<Message | { nextMs: number } | undefined> {
    return this.#db.transact(async (tx) => {
      const notices = tx.selectFrom('notices').where('subscription_id', '=', subscriptionId);
      const open = notices.where('sent_ms', 'is', null).where('error_json', 'is', null);
      const rows = await open.selectAll().orderBy('id').limit(MAX_WAITING).execute();
      const begun = rows.filter(({ message_id }) => message_id !== null);
      if (begun.length > 0) return messageOf(begun);
      const [first] = rows;
      if (!first) return undefined;
      const sent = await sentLately(tx, subscriptionId, nowMs);
      const left = MAX_PER_HOUR - sent.length;
      if (left <= 0) return { nextMs: (sent[0] ?? nowMs) + HOUR_MS };
      const some = rows.length > left && left === 1 ? rows : [first];
      const message_id = first.id;
      const ids = some.map(({ id }) => id);
      await tx.updateTable('notices').set({ message_id }).where('id', 'in', ids).execute();
      return messageOf(some.map((row) => ({ ...row, message_id })));
    });
  }

  /** A notice for one subscriber alone, begun already. @throws FarmError `too_many_requests` */
  testOf(subscriptionId: string, event: string, nowMs: number): Promise<Message> {
    const body = {
      title: 'A test of this subscription',
      text: 'Messages of the farm arrive here.',
      facts: { kind: 'test' as const },
    };
    return this.#db.transact(async (tx) => {
      if ((await sentLately(tx, subscriptionId, nowMs)).length >= MAX_PER_HOUR)
        throw new FarmError(
          'too_many_requests',
          `${MAX_PER_HOUR} messages have gone there within an hour: try again later`,
          { context: { retryAfterS: 600 } },
        );
      const id = newId('ntc', nowMs);
      const row = {
        ...{ id, subscription_id: subscriptionId, event, created_ms: nowMs, message_id: id },
        // Nobody sends it again: whoever asked has the answer.
        ...{ body_json: JSON.stringify(body), sent_ms: nowMs, error_json: null },
      };
      await tx.insertInto('notices').values(row).execute();
      return { ids: [id], notice: { version: 1 as const, id, atMs: nowMs, ...body } };
    });
  }

  async sent({ ids }: Message, nowMs: number): Promise<void> {
    await this.#end(ids, { sent_ms: nowMs });
  }

  async refused({ ids }: Message, why: string): Promise<void> {
    await this.#end(ids, { error_json: JSON.stringify(why) });
  }

  /** Forgets what is long over. */
  async tidy(subscriptionId: string, nowMs: number): Promise<void> {
    await this.#db.transact((tx) =>
      tx
        .deleteFrom('notices')
        .where('subscription_id', '=', subscriptionId)
        .where('created_ms', '<', nowMs - KEEP_MS)
        .where((eb) => eb.or([eb('sent_ms', 'is not', null), eb('error_json', 'is not', null)]))
        .execute(),
    );
  }

  async #end(ids: readonly string[], set: Partial<NoticeRow>): Promise<void> {
    await this.#db.transact((tx) =>
      tx.updateTable('notices').set(set).where('id', 'in', ids).execute(),
    );
  }
}

/** When messages went there within the hour, the first of them first. */
async function sentLately(tx: Tx, subscriptionId: string, nowMs: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('notices')
    .select((eb) => ['message_id', eb.fn.max('sent_ms').as('at')])
    .where('subscription_id', '=', subscriptionId)
    .where('sent_ms', '>', nowMs - HOUR_MS)
    .groupBy('message_id')
    .orderBy('at')
    .execute();
  return rows.map(({ at }) => Number(at));
}

const bodyOf = ({ body_json }: NoticeRow): NoticeBody => JSON.parse(body_json) as NoticeBody;

function messageOf(rows: readonly NoticeRow[]): Message | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const ids = rows.map(({ id }) => id);
  const facts = { version: 1, id: first.message_id ?? first.id, atMs: first.created_ms } as const;
  if (rows.length === 1) return { ids, notice: { ...facts, ...bodyOf(first) } };
  const titles = rows.slice(0, MAX_DIGEST_LINES).map((row) => bodyOf(row).title);
  const more = rows.length - titles.length;
  const text = [...titles, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
  const title = `${titles[0]} and ${rows.length - 1} more`;
  return { ids, notice: { ...facts, title, text, facts: { kind: 'digest' } } };
}
