import {
  noticeTestSchema,
  type SubscriptionView,
  subscriptionCreatedSchema,
  type subscriptionRequestSchema,
  subscriptionViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type FarmHttp, get } from './farm-http.js';

const listed = z.object({ items: z.array(subscriptionViewSchema) });

/** Who is told of what. */
export class NotifyClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  async add(
    json: z.input<typeof subscriptionRequestSchema>,
  ): Promise<z.infer<typeof subscriptionCreatedSchema>> {
    const request = { method: 'POST', path: '/subscriptions', json } as const;
    return await this.#http.create(subscriptionCreatedSchema, request);
  }

  async list(): Promise<SubscriptionView[]> {
    return (await this.#http.read(listed, get('subscriptions'))).items;
  }

  async remove(id: string): Promise<void> {
    await this.#http.text({ ...get('subscriptions', id), method: 'DELETE' });
  }

  async test(id: string): Promise<z.infer<typeof noticeTestSchema>> {
    const request = { ...get('subscriptions', id, 'test'), method: 'POST' } as const;
    return await this.#http.read(noticeTestSchema, request);
  }
}
