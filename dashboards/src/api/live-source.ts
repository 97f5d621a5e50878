import type { LiveTopic } from '@greenrack/farm-protocol';
import { Store } from '../model/store.js';
import type { FarmApi } from './farm-api.js';
import type { LiveLink, LiveListener } from './live-link.js';

/** What every page's data hangs on. */
export interface Wiring {
  readonly api: FarmApi;
  readonly link: LiveLink;
}

export interface Loaded<S> {
  /** `failed` only while there is nothing to show; later failures leave what is known. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: Error | null;
  readonly data: S;
}

/** Changes are drawn together at most this often: a busy farm sends hundreds a second. */
const DRAW_EVERY_MS = 100;
/** Requests that events ask for are sent at most this often, unless the page says less often. */
const REFRESH_EVERY_MS = 1000;
/** Where no events come through the page asks this often. */
export const ASK_EVERY_MS = 5000;

const soon = (notify: () => void) => {
  setTimeout(notify, DRAW_EVERY_MS);
};

const asError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/**
 * State of a page, alive between `start` and `stop`: subscribes to a topic, reads the snapshot once the subscription
 * stands (again after each reconnection), and merges what arrives.
 */
export abstract class LiveSource<S> {
  readonly store: Store<Loaded<S>>;
  protected readonly wiring: Wiring;
  readonly #refreshEveryMs: number;
  #undo: (() => void)[] = [];
  #reading: AbortController | undefined;
  #isOld = false;
  #readMs = 0;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #askTimer: ReturnType<typeof setInterval> | undefined;

  constructor(wiring: Wiring, empty: S, refreshEveryMs = REFRESH_EVERY_MS) {
    this.wiring = wiring;
    this.#refreshEveryMs = refreshEveryMs;
    this.store = new Store<Loaded<S>>({ status: 'loading', error: null, data: empty }, soon);
  }

  /** What to subscribe to. */
  protected abstract topic(): LiveTopic;
  /** What to do with events. */
  protected abstract handlers(): Omit<LiveListener, 'ready'>;
  /** Reads the snapshot and merges it by {@link change}. */
  protected abstract read(signal: AbortSignal): Promise<void>;

  start(): void {
    const { link } = this.wiring;
    const ready = () => this.reload();
    this.#undo = [
      link.watch(() => this.topic(), { ...this.handlers(), ready }),
      link.state.subscribe(() => this.#loadWithoutLive()),
    ];
    this.#loadWithoutLive();
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    this.#ask(false);
    this.#reading?.abort();
    this.#reading = undefined;
  }

  /** Reads the snapshot now; an older reading is given up. */
  readonly reload = (): void => {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    void this.#run(reading);
  };

  /** Reads the snapshot soon, once for many calls, and never while one is being read: a slow one would not end. */
  protected refreshSoon(): void {
    this.#isOld = true;
    this.#armRefresh();
  }

  #armRefresh(): void {
    if (!this.#isOld || this.#reading || this.#refreshTimer !== undefined) return;
    const dueMs = this.#readMs + this.#refreshEveryMs - performance.now();
    this.#refreshTimer = setTimeout(
      () => {
        this.#refreshTimer = undefined;
        this.reload();
      },
      Math.max(REFRESH_EVERY_MS, dueMs),
    );
  }

  protected change(change: (data: S) => S): void {
    this.store.update((state) => {
      const data = change(state.data);
      return Object.is(data, state.data) ? state : { ...state, data };
    });
  }

  async #run(reading: AbortController): Promise<void> {
    this.#isOld = false;
    this.#readMs = performance.now();
    try {
      await this.read(reading.signal);
      if (reading.signal.aborted) return;
      this.store.update((state) => ({ ...state, status: 'ready', error: null }));
    } catch (thrown) {
      if (reading.signal.aborted) return;
      const error = asError(thrown);
      this.store.update((state) =>
        state.status === 'ready' ? { ...state, error } : { ...state, status: 'failed', error },
      );
    } finally {
      if (this.#reading === reading) {
        this.#reading = undefined;
        this.#armRefresh();
      }
    }
  }

  #ask(isBlocked: boolean): void {
    if (isBlocked === (this.#askTimer !== undefined)) return;
    clearInterval(this.#askTimer);
    this.#askTimer = isBlocked ? setInterval(() => this.#askNow(), ASK_EVERY_MS) : undefined;
    if (isBlocked) this.reload();
  }

  /** A reading that takes longer than the interval is not given up for the next. */
  #askNow(): void {
    const isDue = performance.now() >= this.#readMs + this.#refreshEveryMs;
    if (isDue && this.#reading === undefined) this.reload();
  }

  // Live events may be blocked while REST works: then the page is at least a picture of now.
  #loadWithoutLive(): void {
    const { phase } = this.wiring.link.state.get();
    this.#ask(phase === 'blocked');
    const waits = this.store.get().status === 'loading' && this.#reading === undefined;
    if (waits && (phase === 'gone' || phase === 'refused')) this.reload();
  }
}
