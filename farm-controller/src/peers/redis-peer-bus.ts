import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PeerBus } from './peer-bus.js';

/** Messages that Redis has not taken yet; beyond them it is too slow, and more would only be kept here. */
const MAX_UNSENT = 10_000;
const envelopeSchema = z.object({
  from: z.string().max(64),
  topic: z.string().max(40),
  message: z.unknown(),
});
type Handler = (message: unknown) => void;

export interface RedisPeerBusDeps {
  /** Of this controller: it does not hear itself. */
  readonly id: string;
  readonly channel: string;
  readonly publisher: Redis;
  /** A connection of its own: Redis takes no other commands on it. */
  readonly subscriber: Redis;
  readonly log: Logger;
}

/**
 * Controllers that share a Redis, on one pub/sub channel. What is said while the subscription is down is lost; whoever
 * must not miss it hears of the gap.
 */
export class RedisPeerBus implements PeerBus {
  readonly #id: string;
  readonly #channel: string;
  readonly #publisher: Redis;
  readonly #log: Logger;
  readonly #handlers = new Map<string, Handler[]>();
  readonly #gapListeners: (() => void)[] = [];
  #unsent = 0;

  private constructor(deps: RedisPeerBusDeps) {
    this.#id = deps.id;
    this.#channel = deps.channel;
    this.#publisher = deps.publisher;
    this.#log = deps.log;
    deps.subscriber.on('message', (_channel: string, text: string) => this.#receive(text));
  }

  /** Listens, and again whenever the connection of `subscriber` is back. */
  static async open(deps: RedisPeerBusDeps): Promise<RedisPeerBus> {
    const bus = new RedisPeerBus(deps);
    await deps.subscriber.subscribe(deps.channel);
    deps.subscriber.on('ready', () => void bus.#subscribeAgain(deps.subscriber));
    return bus;
  }

  send(topic: string, message: unknown): void {
    if (this.#unsent >= MAX_UNSENT) return;
    const text = JSON.stringify({ from: this.#id, topic, message });
    this.#unsent++;
    this.#publisher
      .publish(this.#channel, text)
      .catch((error: unknown) => {
        // Peers catch up from the database when Redis is back; see PeerBus.send.
        this.#log.debug({ err: error, topic }, 'message to the other controllers not sent');
      })
      .finally(() => this.#unsent--);
  }

  onGap(listener: () => void): void {
    this.#gapListeners.push(listener);
  }

  on<T extends z.ZodType>(topic: string, schema: T, listener: (message: z.infer<T>) => void): void {
    const handlers = this.#handlers.get(topic) ?? [];
    this.#handlers.set(topic, handlers);
    handlers.push((message) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) listener(parsed.data);
      else this.#log.warn({ topic, err: parsed.error }, 'message of another controller dropped');
    });
  }

  /** Looks are worth something only once Redis has the subscription: what is said later is heard. */
  async #subscribeAgain(subscriber: Redis): Promise<void> {
    try {
      await subscriber.subscribe(this.#channel);
    } catch (error) {
      // The connection went again, and will be ready again.
      this.#log.debug({ err: error }, 'subscription to the other controllers not renewed');
      return;
    }
    this.#log.warn(
      { channel: this.#channel },
      'messages of other controllers may have been lost: looking again',
    );
    for (const listener of this.#gapListeners) listener();
  }

  #receive(text: string): void {
    try {
      const { from, topic, message } = envelopeSchema.parse(JSON.parse(text));
      if (from === this.#id) return;
      for (const handler of this.#handlers.get(topic) ?? []) handler(message);
    } catch (error) {
      this.#log.warn({ err: error }, 'message of another controller not understood');
    }
  }
}
