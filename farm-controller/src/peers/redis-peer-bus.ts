import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PeerBus } from './peer-bus.js';

const CHANNEL = 'greenrack:peers';
const envelopeSchema = z.object({
  from: z.string().max(64),
  topic: z.string().max(40),
  message: z.unknown(),
});
type Handler = (message: unknown) => void;

/** Controllers that share a Redis, on one pub/sub channel. Lost while Redis is away. */
export class RedisPeerBus implements PeerBus {
  readonly #id: string;
  readonly #publisher: Redis;
  readonly #log: Logger;
  readonly #handlers = new Map<string, Handler[]>();

  /** `subscriber` is a connection of its own: Redis takes no other commands on it. */
  constructor(deps: { id: string; publisher: Redis; subscriber: Redis; log: Logger }) {
    this.#id = deps.id;
    this.#publisher = deps.publisher;
    this.#log = deps.log;
    deps.subscriber.on('message', (_channel: string, text: string) => this.#receive(text));
  }

  /** Listens; ioredis subscribes again by itself after a lost connection. */
  static async open(deps: ConstructorParameters<typeof RedisPeerBus>[0]): Promise<RedisPeerBus> {
    const bus = new RedisPeerBus(deps);
    await deps.subscriber.subscribe(CHANNEL);
    return bus;
  }

  send(topic: string, message: unknown): void {
    const text = JSON.stringify({ from: this.#id, topic, message });
    this.#publisher.publish(CHANNEL, text).catch((error: unknown) => {
      // Peers catch up from the database when Redis is back; see PeerBus.send.
      this.#log.debug({ err: error, topic }, 'message to the other controllers not sent');
    });
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
