import {
  type DutyView,
  dutyViewSchema,
  type Quota,
  type StorageView,
  storageViewSchema,
  type TenantUsage,
  tenantUsageSchema,
} from '@greenrack/farm-protocol';
import { type FarmHttp, get } from './farm-http.js';
import { queryString, readPages } from './read-pages.js';

/** What the farm has to do, and what it keeps. */
export class UpkeepClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  duties(only: 'dead' | 'all'): AsyncGenerator<DutyView> {
    return readPages(this.#http, dutyViewSchema, `/duties${queryString({ only })}`);
  }

  async retryDuty(id: string): Promise<void> {
    await this.#http.text({ ...get('duties', id, 'retry'), method: 'POST' });
  }

  async storage(): Promise<StorageView> {
    return await this.#http.read(storageViewSchema, get('storage'));
  }

  /** What is left out of the quota stays as it is. */
  async setQuota(tenant: string, json: Partial<Quota>): Promise<TenantUsage> {
    const request = { ...get('tenants', tenant, 'quota'), method: 'PUT', json } as const;
    return await this.#http.read(tenantUsageSchema, request);
  }

  async pinSubmission(id: string, what: 'pin' | 'unpin'): Promise<void> {
    await this.#http.text({ ...get('submissions', id, what), method: 'POST' });
  }
}
