import { ConsoleLogDecoder, FarmError } from '@greenrack/farm-protocol';
import { type CliContext, onSignals } from '../cli-context.js';
import { type LiveSocket, watchLive } from '../client/live-connection.js';
import type { Connection } from '../settings.js';

interface ConsoleFollow {
  readonly attemptId: string;
  readonly context: CliContext;
  /** Last change of the bytes before they are printed. */
  readonly print: (bytes: Uint8Array) => Uint8Array;
}

/** Prints what the board wrote and writes until the attempt is over. A lost connection goes on where it stopped. */
export async function followConsole(connection: Connection, follow: ConsoleFollow): Promise<void> {
  const stream = new ConsoleStream(follow);
  const interrupted = new AbortController();
  const off = onSignals(follow.context, () => interrupted.abort(stopped));
  try {
    await watchLive(connection, {
      // Asked again for every subscription: the offset has moved on by then.
      get topics() {
        return [{ topic: 'console', id: follow.attemptId, offset: stream.offset } as const];
      },
      listen: (socket) => stream.listen(socket),
      subscribed: async () => false,
      done: stream.finished,
      signal: interrupted.signal,
    });
  } catch (error) {
    if (error !== stopped) throw error;
  } finally {
    off();
  }
}

const stopped = new Error('stopped by a signal');

class ConsoleStream {
  readonly #follow: ConsoleFollow;
  readonly #decoder = new ConsoleLogDecoder();
  #finish: { resolve: () => void; reject: (error: Error) => void } | undefined;
  offset = 0;
  readonly finished = new Promise<void>((resolve, reject) => {
    this.#finish = { resolve, reject };
  });

  constructor(follow: ConsoleFollow) {
    this.#follow = follow;
  }

  listen(socket: LiveSocket): void {
    socket.on('console', (message) => {
      if (message.attemptId !== this.#follow.attemptId) return;
      try {
        this.#take(message.offset, new Uint8Array(message.data));
        if (message.done) this.#finish?.resolve();
      } catch (error) {
        this.#finish?.reject(new FarmError('internal', 'damaged console log', { cause: error }));
      }
    });
  }

  #take(offset: number, data: Uint8Array): void {
    if (offset > this.offset) throw new RangeError(`bytes ${this.offset} to ${offset} are missing`);
    // After a reconnection the farm may send a few bytes that are here already.
    const fresh = data.subarray(Math.max(0, this.offset - offset));
    this.offset = Math.max(this.offset, offset + data.length);
    const records = this.#decoder.push(fresh);
    const { context, print } = this.#follow;
    for (const record of records)
      if (record.direction === 'rx') context.stdout.write(print(record.bytes));
  }
}
