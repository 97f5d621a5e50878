import type { Quota, TenantUsage } from '@greenrack/farm-protocol';
import type { TenantStore } from './ports.js';
import { refuseOverBytes, unfinishedUploads, waitingRuns } from './quota.js';
import type { StoreDatabase } from './store-database.js';

const NOTHING = {
  ...{ imageBytes: 0, uploadBytes: 0, logBytes: 0, queuedRuns: 0 },
  ...{ maxBytes: null, maxQueuedRuns: null },
};

/** What tenants have in the farm, and what they may have. */
export class SqlTenantStore implements TenantStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async usage(): Promise<TenantUsage[]> {
    const found = new Map<string, TenantUsage>();
    const note = (tenant: string, some: Partial<TenantUsage>) =>
      found.set(tenant, { ...NOTHING, tenant, ...found.get(tenant), ...some });
    for (const { tenant, log_bytes, max_bytes, max_queued_runs } of await this.#rows())
      note(tenant, {
        ...{ logBytes: log_bytes, maxBytes: max_bytes, maxQueuedRuns: max_queued_runs },
      });
    for (const { tenant, bytes } of await this.#images())
      if (tenant !== null) note(tenant, { imageBytes: Number(bytes) });
    for (const { tenant, bytes } of await unfinishedUploads(this.#db.queries).execute())
      note(tenant, { uploadBytes: Number(bytes) });
    for (const { tenant, n } of await waitingRuns(this.#db.queries))
      note(tenant, { queuedRuns: Number(n) });
    return [...found.values()].sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  }

  async setQuota(tenant: string, quota: Partial<Quota>): Promise<TenantUsage> {
    const set = {
      ...(quota.maxBytes !== undefined && { max_bytes: quota.maxBytes }),
      ...(quota.maxQueuedRuns !== undefined && { max_queued_runs: quota.maxQueuedRuns }),
    };
    await this.#db.transact((tx) =>
      tx
        .insertInto('tenants')
        .values({ tenant, log_bytes: 0, max_bytes: null, max_queued_runs: null, ...set })
        .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ tenant, ...set }))
        .execute(),
    );
    const usage = await this.usage();
    return usage.find((one) => one.tenant === tenant) ?? { ...NOTHING, tenant };
  }

  async setFirstQuota(tenant: string, { maxBytes, maxQueuedRuns }: Quota): Promise<void> {
    const quota = { max_bytes: maxBytes, max_queued_runs: maxQueuedRuns };
    await this.#db.transact((tx) =>
      tx
        .insertInto('tenants')
        .values({ tenant, log_bytes: 0, ...quota })
        .onConflict((conflict) => conflict.column('tenant').doNothing())
        .execute(),
    );
  }

  mayStore(tenant: string, what: { readonly bytes: number; readonly path: string }): Promise<void> {
    return refuseOverBytes(this.#db.queries, tenant, what);
  }

  #rows() {
    return this.#db.queries.selectFrom('tenants').selectAll().execute();
  }

  #images() {
    return this.#db.queries
      .selectFrom('images')
      .select((eb) => ['tenant', eb.fn.sum<number>('size_bytes').as('bytes')])
      .where('removed_ms', 'is', null)
      .groupBy('tenant')
      .execute();
  }
}
