import type {
  AttemptEvent,
  AttemptView,
  LiveTopic,
  RunDetail,
  RunView,
} from '@greenrack/farm-protocol';
import { type AttemptFold, EMPTY_FOLD, foldEvents, hasGap } from '../model/attempt-fold.js';
import { LiveSource, type Wiring } from './live-source.js';

export interface RunState {
  readonly run: RunDetail | null;
  readonly folds: ReadonlyMap<string, AttemptFold>;
}

const EMPTY: RunState = { run: null, folds: new Map() };
/** Most pages of events read in one go for one attempt. */
const MAX_EVENT_PAGES = 1000;

function withDetail(state: RunState, detail: RunDetail): RunState {
  const older = state.run !== null && state.run.revision > detail.revision;
  return older ? state : { ...state, run: detail };
}

/** The list and live views of a run carry everything but attempts and the queue. */
function withRunView(state: RunState, view: RunView): RunState {
  if (!state.run || state.run.revision >= view.revision) return state;
  const waiting = view.state === 'queued' ? state.run.waiting : null;
  return { ...state, run: { ...state.run, ...view, waiting } };
}

/** One run, its attempts and their events. */
export class RunSource extends LiveSource<RunState> {
  readonly #id: string;
  #unwatchFarm: (() => void) | undefined;

  constructor(wiring: Wiring, id: string) {
    super(wiring, EMPTY);
    this.#id = id;
  }

  override stop(): void {
    this.#followQueue(false);
    super.stop();
  }

  protected topic(): LiveTopic {
    return { topic: 'run', id: this.#id };
  }

  protected handlers() {
    return {
      run: (view: RunView) => this.#takeRun(view),
      attemptEvents: (attemptId: string, events: AttemptEvent[]) =>
        this.#takeEvents(attemptId, events),
    };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    const detail = await this.wiring.api.run(this.#id, signal);
    this.change((state) => withDetail(state, detail));
    this.#followQueue(detail.state === 'queued');
    await Promise.all(detail.attemptList.map((attempt) => this.#readEvents(attempt, signal)));
  }

  async #readEvents(attempt: AttemptView, signal: AbortSignal): Promise<void> {
    for (let pages = 0; pages < MAX_EVENT_PAGES; pages++) {
      const after = this.#fold(attempt.id).lastSeq;
      const target = { runId: this.#id, number: attempt.number };
      const page = await this.wiring.api.events(target, after, signal);
      this.#addEvents(attempt.id, page.events);
      const now = this.#fold(attempt.id).lastSeq;
      if (now >= page.lastSeq || now === after) return;
    }
  }

  #takeRun(view: RunView): void {
    const before = this.store.get().data.run;
    if (view.id !== this.#id || !before || before.revision >= view.revision) return;
    this.change((state) => withRunView(state, view));
    // Attempts and the queue are in the detail only.
    if (before.attempts !== view.attempts || before.state !== view.state) this.reload();
    else if (view.state !== 'running') this.refreshSoon();
  }

  #takeEvents(attemptId: string, events: readonly AttemptEvent[]): void {
    const known = this.store.get().data.run?.attemptList.some((one) => one.id === attemptId);
    if (!known) {
      // Another run's attempt, or one of ours that the detail does not list yet: its run event asks for it.
      return;
    }
    this.#addEvents(attemptId, events);
    const fold = this.#fold(attemptId);
    if (fold.ended || hasGap(fold, events)) this.refreshSoon();
  }

  #fold(attemptId: string): AttemptFold {
    return this.store.get().data.folds.get(attemptId) ?? EMPTY_FOLD;
  }

  #addEvents(attemptId: string, events: readonly AttemptEvent[]): void {
    const before = this.#fold(attemptId);
    const fold = foldEvents(before, events);
    if (fold === before) return;
    this.change((state) => ({ ...state, folds: new Map(state.folds).set(attemptId, fold) }));
  }

  // Place and estimate of a waiting run change when others start and finish, which only the farm's topic tells: on boards
  // of another target nothing happens to it.
  #followQueue(on: boolean): void {
    if (!on) {
      this.#unwatchFarm?.();
      this.#unwatchFarm = undefined;
      return;
    }
    this.#unwatchFarm ??= this.wiring.link.watch(() => ({ topic: 'farm' }), {
      ready: () => undefined,
      board: ({ target }) => {
        if (this.store.get().data.run?.requirement.target === target) this.refreshSoon();
      },
    });
  }
}
