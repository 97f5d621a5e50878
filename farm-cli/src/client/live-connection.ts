import { setTimeout as pause } from 'node:timers/promises';
import { whyNoWebSocket } from '@greenrack/farm-model';
import {
  ERROR_CODES,
  type ErrorCode,
  FarmError,
  type LinkReply,
  type LiveClientToServer,
  type LiveServerToClient,
  type LiveTopic,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import type { Connection } from '../settings.js';

/** How long the farm may be gone before a command gives up, in ms. A controller that restarts is back in seconds. */
export const PATIENCE_MS = 600_000;
/** How long the farm may take to answer a subscription, in ms. */
const SUBSCRIBE_MS = 30_000;

export interface LiveWatch {
  readonly topics: readonly LiveTopic[];
  /** Registers the listeners, before the first subscription. */
  readonly listen: (socket: LiveSocket) => void;
  /** Called after every (re)subscription: read the snapshot here. Returns true when there is nothing more to wait for. */
  readonly subscribed: () => Promise<boolean>;
  /** The snapshot alone will do, asked for again and again, where no events can come. */
  readonly canAsk?: boolean;
  /** Told once that events are asked for, and why. */
  readonly asks?: (why: string) => void;
  /** Told when the farm went away and when it is back. */
  readonly connectionChanged?: (up: boolean) => void;
  /** Ends the watch from inside a listener. */
  readonly done: Promise<void>;
  readonly signal?: AbortSignal;
}

export type LiveSocket = Socket<LiveServerToClient, LiveClientToServer>;

/**
 * Follows live events until `done`, `subscribed` returns true, or `signal`. After every lost connection it subscribes
 * and reads the snapshot again, so nothing falls between the two.
 * @throws FarmError when the farm refuses the token or topic, or stays away for {@link PATIENCE_MS}.
 */
export async function watchLive(connection: Connection, watch: LiveWatch): Promise<void> {
  const socket: LiveSocket = io(`${connection.url}/live`, {
    transports: ['websocket'],
    auth: authOf(connection),
    reconnectionDelay: 200,
    reconnectionDelayMax: 5000,
    forceNew: true,
  });
  const patience = new Patience(connection.url);
  const asking = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      patience.start(reject);
      watch.done.then(resolve, reject);
      watch.signal?.addEventListener('abort', () => reject(watch.signal?.reason), { once: true });
      if (watch.signal?.aborted) reject(watch.signal.reason);
      watch.listen(socket);
      const outcome = { resolve, reject };
      followConnection(socket, patience, watch, outcome);
      onNoUpgrade(socket, (why) => {
        patience.stop();
        askAgainAndAgain(watch, why, asking.signal).then(resolve, reject);
      });
    });
  } finally {
    asking.abort();
    socket.off();
    socket.disconnect();
    patience.stop();
  }
}

/** Asked for before each handshake: a session may have ended meanwhile. */
function authOf({ token, session }: Connection): ManagerOptionsAuth {
  if (!session) return token === undefined ? {} : { token };
  return (give) => {
    // Without one the farm refuses the connection and says why.
    session.token().then(
      (secret) => give({ token: secret }),
      () => give({}),
    );
  };
}
type ManagerOptionsAuth = { token?: string } | ((give: (auth: { token?: string }) => void) => void);

/** Calls `lost` once when something on the way takes the handshake of a WebSocket for a plain request. */
function onNoUpgrade(socket: LiveSocket, lost: (why: string) => void): void {
  socket.on('connect_error', (error) => {
    const why = whyNoWebSocket(error);
    if (why === undefined) return;
    socket.disconnect();
    lost(`live events do not come through: ${why}`);
  });
}

/** Time between two questions where events cannot come, in ms. */
const ASK_MS = 2000;

/** @throws FarmError `unavailable` when events are needed, or the farm does not answer for {@link PATIENCE_MS} */
async function askAgainAndAgain(watch: LiveWatch, why: string, signal: AbortSignal): Promise<void> {
  if (!watch.canAsk) throw new FarmError('unavailable', why);
  watch.asks?.(why);
  let lastMs = performance.now();
  for (;;) {
    try {
      if (await watch.subscribed()) return;
      lastMs = performance.now();
    } catch (error) {
      const isOutage = error instanceof FarmError && error.code === 'unavailable';
      if (!isOutage || performance.now() - lastMs > PATIENCE_MS) throw error;
    }
    await pause(ASK_MS, undefined, { signal });
  }
}

interface Outcome {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function followConnection(
  socket: LiveSocket,
  patience: Patience,
  watch: LiveWatch,
  outcome: Outcome,
): void {
  socket.on('connect', () => {
    enter(socket, watch).then(
      (finished) => {
        patience.stop();
        watch.connectionChanged?.(true);
        if (finished) outcome.resolve();
      },
      retryOrReject(socket, outcome),
    );
  });
  socket.on('disconnect', (reason) => {
    watch.connectionChanged?.(false);
    patience.start(outcome.reject);
    // socket.io stays away by itself after a kick by the server; a controller that shuts down kicks everyone.
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', (error) => {
    // `active` is false when the farm refused the handshake; otherwise socket.io tries again.
    if (!socket.active) outcome.reject(refusal(error));
  });
}

/** The farm may go away while it is being asked: the next connection asks again. Anything else is final. */
function retryOrReject(socket: LiveSocket, { reject }: Outcome): (error: unknown) => void {
  return (error) => {
    const isOutage = error instanceof FarmError && error.code === 'unavailable';
    if (!isOutage) reject(error);
    else if (socket.connected) socket.disconnect().connect();
  };
}

async function enter(socket: LiveSocket, watch: LiveWatch): Promise<boolean> {
  for (const topic of watch.topics) await subscribe(socket, topic);
  return await watch.subscribed();
}

async function subscribe(socket: LiveSocket, topic: LiveTopic): Promise<void> {
  const ask = socket.timeout(SUBSCRIBE_MS).emitWithAck('subscribe', topic);
  const reply: LinkReply<object> = await ask.catch((error: unknown) => {
    const message = `the farm did not answer a subscription to ${topic.topic}`;
    throw new FarmError('unavailable', message, { cause: error });
  });
  if (!reply.ok) throw new FarmError(knownCode(reply.code), reply.message);
}

function refusal(error: Error): FarmError {
  const data: unknown = 'data' in error ? error.data : undefined;
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
  return new FarmError(knownCode(code ?? 'unauthorized'), error.message);
}

const knownCode = (code: unknown): ErrorCode =>
  typeof code === 'string' && code in ERROR_CODES ? (code as ErrorCode) : 'internal';

/** Counts how long the farm has been away. */
class Patience {
  readonly #url: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  start(giveUp: (error: Error) => void): void {
    this.#timer ??= setTimeout(() => {
      const message = `${this.#url} has not answered for ${PATIENCE_MS / 1000} s; gave up waiting`;
      giveUp(new FarmError('unavailable', message));
    }, PATIENCE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
