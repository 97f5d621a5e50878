import type { z } from 'zod';

/** Whatever controllers tell each other; `topic` names the kind of message. */
export interface PeerBus {
  /** Tells the other controllers. Best effort: nothing may depend on the arrival of a message. */
  send(topic: string, message: unknown): void;
  /** Hears the other controllers, not itself. Messages that do not match `schema` are logged and dropped. */
  on<T extends z.ZodType>(topic: string, schema: T, listener: (message: z.infer<T>) => void): void;
  /** `listener` is called when messages can be heard again after some may have been lost: look at the database. */
  onGap(listener: () => void): void;
}

/**
 * What controllers tell each other, on two roads: `orders` change what a controller does next, `bulk` is for those who
 * watch. However much there is to watch, and however slowly it is taken, orders arrive.
 */
export interface PeerBuses {
  readonly orders: PeerBus;
  readonly bulk: PeerBus;
}

/** The bus of a controller with a private Redis: there is nobody else. */
export const NO_PEERS: PeerBus = { send: () => {}, on: () => {}, onGap: () => {} };
