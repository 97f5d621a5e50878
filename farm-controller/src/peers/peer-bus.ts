import type { z } from 'zod';

/** Whatever controllers tell each other; `topic` names the kind of message. */
export interface PeerBus {
  /** Tells the other controllers. Best effort: nothing may depend on the arrival of a message. */
  send(topic: string, message: unknown): void;
  /** Hears the other controllers, not itself. Messages that do not match `schema` are logged and dropped. */
  on<T extends z.ZodType>(topic: string, schema: T, listener: (message: z.infer<T>) => void): void;
}

/** The bus of a controller with a private Redis: there is nobody else. */
export const NO_PEERS: PeerBus = { send: () => {}, on: () => {} };
