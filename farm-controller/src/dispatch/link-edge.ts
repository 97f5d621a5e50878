import { FarmError, type LinkReply, parseOrThrow } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { z } from 'zod';

/** Listener for one kind of message as it comes from the wire: nothing about its arguments is certain. */
export type WireListener = (message: unknown, reply: unknown) => void;

/**
 * Makes a wire listener: checks the message against `schema`, lets `handle` answer it, and sends the answer or the
 * error as the link's reply. What is no {@link FarmError} is logged and told as `internal`, without details.
 */
export function wireListener<T extends z.ZodType>(
  schema: T,
  what: string,
  edge: { handle: (message: z.infer<T>) => Promise<object>; onAbuse: () => void; log: Logger },
): WireListener {
  return (message, reply) => {
    if (typeof reply !== 'function') return edge.onAbuse();
    void answer(
      () => edge.handle(parseOrThrow(schema, message, 'invalid_request', what)),
      edge.log,
    ).then((r) => reply(r));
  };
}

async function answer(handle: () => Promise<object>, log: Logger): Promise<LinkReply<object>> {
  try {
    return { ok: true, ...(await handle()) };
  } catch (error) {
    if (error instanceof FarmError) {
      log.debug({ err: error }, 'message of an agent refused');
      return { ok: false, code: error.code, message: error.message };
    }
    log.error({ err: error }, 'message of an agent failed');
    return { ok: false, code: 'internal', message: 'see the log of the controller' };
  }
}
