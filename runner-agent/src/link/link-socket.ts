import type { AgentToController, ControllerToAgent } from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';

export type AgentSocket = Socket<ControllerToAgent, AgentToController>;
type RequestName = keyof AgentToController;
type RequestMessage<N extends RequestName> = Parameters<AgentToController[N]>[0];

/** A controller that does not answer for this long has lost the message: reconnect and say it again. */
export const ACK_MS = 10_000;
const CONNECT_MS = 5000;

/** The controller answered, and refused. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const refusalSchema = z.object({
  ok: z.literal(false),
  code: z.string().max(64),
  message: z.string().max(10_000),
});
const okSchema = z.object({ ok: z.literal(true) });

/** One connection attempt to one controller. It does not reconnect by itself. */
export function openSocket(url: string, token: string): AgentSocket {
  return io(new URL('/agent', url).href, {
    transports: ['websocket'],
    auth: { token },
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_MS,
  });
}

/**
 * Sends one message and answers the validated acknowledgement. The message leaves before this returns.
 * @throws RefusedError when the controller refused; Error when no answer came in time or it is not of `schema`
 */
export function ask<N extends RequestName, S extends z.ZodType>(
  socket: AgentSocket,
  [name, message]: [N, RequestMessage<N>],
  schema: S,
): Promise<z.infer<S>> {
  return new Promise((resolve, reject) => {
    const answered = (late: Error | null, reply: unknown): void => {
      if (late) reject(new Error(`no answer to '${name}' within ${ACK_MS} ms`));
      else settle(reply, schema, { resolve, reject });
    };
    // The typed emit cannot be called with a name that is itself a type parameter.
    const untyped: Pick<Socket, 'timeout'> = socket;
    untyped.timeout(ACK_MS).emit(name, message, answered);
  });
}

function settle<S extends z.ZodType>(
  reply: unknown,
  schema: S,
  to: { resolve(value: z.infer<S>): void; reject(error: Error): void },
): void {
  const refusal = refusalSchema.safeParse(reply);
  if (refusal.success) {
    to.reject(new RefusedError(refusal.data.code, refusal.data.message));
    return;
  }
  const fine = okSchema.safeParse(reply);
  const answer = schema.safeParse(reply);
  if (fine.success && answer.success) to.resolve(answer.data);
  else to.reject(new Error(`the controller's answer is not understood: ${answer.error?.message}`));
}
