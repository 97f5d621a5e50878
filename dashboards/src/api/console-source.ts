import { ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { ConsoleModel } from '../model/console-model.js';
import { Store } from '../model/store.js';
import type { ConsolePiece } from './live-link.js';
import type { Wiring } from './live-source.js';

export interface ConsoleState {
  /** Grows with every change of the model, which changes in place. */
  readonly version: number;
  readonly bytes: number;
  /** Wall clock of the log's start; undefined until its header has come. */
  readonly wallMs: number | undefined;
  readonly phase: 'waiting' | 'live' | 'complete' | 'failed';
  readonly problem: string;
}

const EMPTY: ConsoleState = {
  version: 0,
  bytes: 0,
  wallMs: undefined,
  phase: 'waiting',
  problem: '',
};

const nextFrame = (notify: () => void) => {
  requestAnimationFrame(notify);
};

/** The console of one attempt: stored bytes first, then live ones, resumed by offset after a lost connection. */
export class ConsoleSource {
  readonly model = new ConsoleModel();
  readonly store = new Store<ConsoleState>(EMPTY, nextFrame);
  readonly #wiring: Wiring;
  readonly #attemptId: string;
  readonly #decoder = new ConsoleLogDecoder();
  #bytes = 0;
  #unwatch: (() => void) | undefined;

  constructor(wiring: Wiring, attemptId: string) {
    this.#wiring = wiring;
    this.#attemptId = attemptId;
  }

  start(): void {
    if (this.store.get().phase === 'complete') return;
    const topicOf = () => ({ topic: 'console', id: this.#attemptId, offset: this.#bytes }) as const;
    this.#unwatch = this.#wiring.link.watch(topicOf, {
      ready: (problem) => this.#ready(problem),
      console: (piece) => this.#take(piece),
    });
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** Tells the view that the model was changed from outside (layout, search). */
  touch(): void {
    this.#set({});
  }

  #ready(problem: string | undefined): void {
    if (problem !== undefined) this.#set({ phase: 'failed', problem });
    else if (this.store.get().phase !== 'complete') this.#set({ phase: 'live', problem: '' });
  }

  #take(piece: ConsolePiece): void {
    if (piece.attemptId !== this.#attemptId || this.store.get().phase === 'complete') return;
    if (piece.offset > this.#bytes) {
      // A hole: ask again from where we are.
      this.stop();
      this.start();
      return;
    }
    this.#decode(piece.data.subarray(this.#bytes - piece.offset));
    if (piece.done && piece.offset + piece.data.length <= this.#bytes) this.#finish();
  }

  #decode(fresh: Uint8Array): void {
    if (fresh.length === 0) return;
    try {
      this.model.push(this.#decoder.push(fresh));
      this.#bytes += fresh.length;
      this.#set({ bytes: this.#bytes, wallMs: this.#decoder.wallMs, phase: 'live' });
    } catch (error) {
      this.stop();
      this.#set({
        phase: 'failed',
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #finish(): void {
    this.model.end();
    this.#set({ phase: 'complete' });
    this.stop();
  }

  #set(change: Partial<ConsoleState>): void {
    this.store.update((state) => ({ ...state, ...change, version: state.version + 1 }));
  }
}
