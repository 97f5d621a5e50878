import { randomUUID } from 'node:crypto';
import { FarmError } from '@greenrack/farm-protocol';
import type { Clock } from '../timing/clock.js';
import type { Deliverer } from './deliver.js';
import type { NoticeBox } from './notice-box.js';
import { RefusedError } from './refused.js';
import type { SubscriptionStore } from './subscription-store.js';

/** Messages of one try: the next subscriber has its turn then. */
const AT_A_TIME = 5;

export interface SenderDeps {
  readonly box: NoticeBox;
  readonly subscriptions: SubscriptionStore;
  readonly deliverer: Pick<Deliverer, 'send'>;
  readonly clock: Clock;
}

/** Sends what is told to one subscriber, each message before the next is begun. */
export class NoticeSender {
  readonly #deps: SenderDeps;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
  }

  /** The duty. Answers when there is more to do. @throws what passes: the same is sent again later */
  async send(id: string, signal: AbortSignal): Promise<number | undefined> {
    const { box, subscriptions, deliverer, clock } = this.#deps;
    const row = await subscriptions.row(id);
    if (!row) return undefined;
    const target = subscriptions.target(row);
    for (let sent = 0; sent < AT_A_TIME; sent++) {
      const message = await box.next(id, clock.now());
      if (!message) {
        await box.tidy(id, clock.now());
        return undefined;
      }
      if ('nextMs' in message) return message.nextMs;
      try {
        await deliverer.send({ subscriptionId: id, target, notice: message.notice }, signal);
        await box.sent(message, clock.now());
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        await box.refused(message, error.message);
      }
    }
    return clock.now();
  }

  /** Sends a message to see whether it arrives; it is counted like others. @throws FarmError `not_found` */
  async test(id: string, signal: AbortSignal): Promise<{ delivered: boolean; detail: string }> {
    const { box, subscriptions, deliverer, clock } = this.#deps;
    const row = await subscriptions.row(id);
    if (!row) throw new FarmError('not_found', `There is no subscription ${id}`);
    const message = await box.testOf(id, `test ${randomUUID()}`, clock.now());
    const target = subscriptions.target(row);
    try {
      await deliverer.send({ subscriptionId: id, target, notice: message.notice }, signal);
      return { delivered: true, detail: `${target.kind} has taken it` };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      await box.refused(message, detail);
      return { delivered: false, detail };
    }
  }
}
