import { once } from 'node:events';
import { MAX_CONSOLE_CHUNK_BYTES } from '@greenrack/farm-protocol';
import type { AttemptStreams, Store } from '../store/ports.js';
import { type LiveSocket, writable } from './live-socket.js';

/** News can be lost between controllers: a feed that hears nothing for this long looks for itself. */
const LOOK_AGAIN_MS = 10_000;

export interface ConsoleFeedDeps {
  readonly streams: AttemptStreams;
  readonly store: Pick<Store, 'attempts'>;
}

/** Sends one console log to one client: what is stored, then what is added, until the attempt is over. */
export class ConsoleFeed {
  readonly #deps: ConsoleFeedDeps;
  readonly #socket: LiveSocket;
  readonly #attemptId: string;
  readonly #stop = new AbortController();
  readonly #news = new EventTarget();
  #offset: number;
  /** Something may have been stored since the last reading. */
  #stale = true;
  #over = false;

  constructor(
    at: { attemptId: string; offset: number },
    socket: LiveSocket,
    deps: ConsoleFeedDeps,
  ) {
    this.#attemptId = at.attemptId;
    this.#offset = at.offset;
    this.#socket = socket;
    this.#deps = deps;
  }

  /** The log has grown, or is complete. */
  heard(done: boolean): void {
    this.#stale = true;
    this.#over ||= done;
    this.#news.dispatchEvent(new Event('heard'));
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the log is sent whole; rejects when reading fails or the feed is stopped. */
  async run(): Promise<void> {
    await this.#lookWhetherOver();
    for (;;) {
      // Whether it was over is known before reading: then what is read is all there will be.
      const over = this.#over;
      this.#stale = false;
      await this.#sendStored();
      if (over) break;
      if (!this.#stale) await this.#nextNews();
    }
    this.#emit(new Uint8Array(0), true);
  }

  async #lookWhetherOver(): Promise<void> {
    if ((await this.#deps.store.attempts.open(this.#attemptId)) === undefined) this.#over = true;
  }

  async #sendStored(): Promise<void> {
    const key = { attemptId: this.#attemptId, name: 'console' };
    for await (const piece of this.#deps.streams.read(key, this.#offset))
      for (let at = 0; at < piece.byteLength; at += MAX_CONSOLE_CHUNK_BYTES) {
        await writable(this.#socket, this.#stop.signal);
        this.#emit(piece.subarray(at, at + MAX_CONSOLE_CHUNK_BYTES), false);
      }
    this.#stop.signal.throwIfAborted();
  }

  #emit(data: Uint8Array, done: boolean): void {
    this.#socket.emit('console', { attemptId: this.#attemptId, offset: this.#offset, data, done });
    this.#offset += data.byteLength;
  }

  async #nextNews(): Promise<void> {
    const deadline = AbortSignal.timeout(LOOK_AGAIN_MS);
    const signal = AbortSignal.any([this.#stop.signal, deadline]);
    try {
      await once(this.#news, 'heard', { signal });
    } catch (error) {
      if (!deadline.aborted || this.#stop.signal.aborted) throw error;
      await this.#lookWhetherOver();
    }
  }
}
