import {
  FarmError,
  MAX_SUBSCRIPTIONS_PER_TENANT,
  type NoticeTarget,
  newId,
  type SubscriptionRequest,
  type SubscriptionView,
} from '@greenrack/farm-protocol';
import type { StoreDatabase, SubscriptionRow } from '../store/for-stages.js';
import { openTarget, sealTarget } from './sealed-target.js';

/** What somebody wants to be told, without the address. */
export interface SubscriptionTerms extends Omit<SubscriptionRequest, 'target'> {
  readonly createdBy: string;
  /** The target as it may be shown. */
  readonly shown: SubscriptionView['target'];
}

/** Who asks. */
export interface Subscriber {
  readonly tenant: string;
  readonly name: string;
  readonly nowMs: number;
}

/** Subscriptions in the database; their targets are sealed with the farm's key. */
export class SubscriptionStore {
  readonly #db: StoreDatabase;
  readonly #key: string;

  constructor(db: StoreDatabase, key: string) {
    this.#db = db;
    this.#key = key;
  }

  /** @throws FarmError `conflict` when the tenant has too many */
  async add(
    { target, ...terms }: SubscriptionRequest,
    { tenant, name: createdBy, nowMs }: Subscriber,
  ): Promise<SubscriptionView> {
    const id = newId('sbn', nowMs);
    const terms_json = JSON.stringify({ ...terms, createdBy, shown: shownOf(target) });
    const row = { id, tenant, terms_json, created_ms: nowMs };
    await this.#db.transact(async (tx) => {
      const mine = tx.selectFrom('subscriptions').select('id').where('tenant', '=', tenant);
      if ((await mine.execute()).length >= MAX_SUBSCRIPTIONS_PER_TENANT)
        throw new FarmError(
          'conflict',
          `${tenant} has ${MAX_SUBSCRIPTIONS_PER_TENANT} subscriptions: remove some first`,
        );
      const sealed_target = sealTarget(this.#key, id, target);
      await tx
        .insertInto('subscriptions')
        .values({ ...row, sealed_target })
        .execute();
    });
    return await this.#view({ ...row, sealed_target: '' });
  }

  /** @param tenant - of this one only; undefined for all */
  async list(tenant: string | undefined): Promise<SubscriptionView[]> {
    let rows = this.#db.queries.selectFrom('subscriptions').selectAll().orderBy('id');
    if (tenant !== undefined) rows = rows.where('tenant', '=', tenant);
    const views: SubscriptionView[] = [];
    for (const row of await rows.execute()) views.push(await this.#view(row));
    return views;
  }

  async row(id: string): Promise<SubscriptionRow | undefined> {
    const query = this.#db.queries.selectFrom('subscriptions').selectAll();
    return await query.where('id', '=', id).executeTakeFirst();
  }

  /** With what was to be sent to it. */
  async remove(id: string): Promise<void> {
    await this.#db.transact((tx) => tx.deleteFrom('subscriptions').where('id', '=', id).execute());
  }

  target({ id, sealed_target }: SubscriptionRow): NoticeTarget {
    return openTarget(this.#key, id, sealed_target);
  }

  async #view({ id, tenant, terms_json, created_ms }: SubscriptionRow): Promise<SubscriptionView> {
    const { shown: target, ...terms } = termsOf({ terms_json });
    const notices = this.#db.queries.selectFrom('notices').where('subscription_id', '=', id);
    const counts = await notices
      .select((eb) => [
        eb.fn
          .countAll<number>()
          .filterWhere('sent_ms', 'is', null)
          .filterWhere('error_json', 'is', null)
          .as('waiting'),
        eb.fn.count<number>('error_json').as('refused'),
        eb.fn.max('sent_ms').as('lastSentMs'),
      ])
      .executeTakeFirstOrThrow();
    const refused = notices.select('error_json').where('error_json', 'is not', null);
    const last = await refused.orderBy('id', 'desc').limit(1).executeTakeFirst();
    return {
      ...{ id, tenant, target, ...terms, createdMs: created_ms },
      waiting: Number(counts.waiting),
      refused: Number(counts.refused),
      lastSentMs: counts.lastSentMs === null ? null : Number(counts.lastSentMs),
      lastError: last ? String(JSON.parse(last.error_json ?? '""')) : null,
    };
  }
}

export const termsOf = ({ terms_json }: Pick<SubscriptionRow, 'terms_json'>): SubscriptionTerms =>
  JSON.parse(terms_json) as SubscriptionTerms;

/** A URL may be a secret but for its host. */
function shownOf(target: NoticeTarget): SubscriptionTerms['shown'] {
  const { kind } = target;
  if (kind === 'email') return { kind, to: target.address };
  return { kind, to: `${new URL(target.url).origin}/…` };
}
