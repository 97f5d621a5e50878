import type { BoardView, LiveTopic } from '@greenrack/farm-protocol';
import {
  EMPTY_FARM,
  type FarmState,
  hintsAtAgent,
  withAgents,
  withBoard,
  withSnapshot,
  withSubmissions,
} from '../model/farm-state.js';
import { LiveSource, type Wiring } from './live-source.js';

/** Submissions that the farm page lists. */
export const RECENT_SUBMISSIONS = 20;
/** Board events that hint at an agent come in bursts of a whole rack. */
const AGENTS_AFTER_MS = 400;

/** Boards, agents and recent submissions of the whole farm. */
export class FarmSource extends LiveSource<FarmState> {
  #touched = new Set<string>();
  #agentsTimer: ReturnType<typeof setTimeout> | undefined;
  #agentsReading = new AbortController();

  constructor(wiring: Wiring) {
    super(wiring, EMPTY_FARM);
  }

  override start(): void {
    this.#agentsReading = new AbortController();
    super.start();
  }

  override stop(): void {
    clearTimeout(this.#agentsTimer);
    this.#agentsTimer = undefined;
    this.#agentsReading.abort();
    super.stop();
  }

  protected topic(): LiveTopic {
    return { topic: 'farm' };
  }

  protected handlers() {
    return {
      board: (view: BoardView) => this.#takeBoard(view),
      submission: (view: Parameters<typeof withSubmissions>[1][number]) =>
        this.change((state) => withSubmissions(state, [view])),
    };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    this.#touched = new Set();
    const { api } = this.wiring;
    const [boards, agents, submissions] = await Promise.all([
      api.boards(signal),
      api.agents(signal),
      api.submissions(RECENT_SUBMISSIONS, null, signal),
    ]);
    const snapshot = { boards, agents, submissions: submissions.items };
    this.change((state) => withSnapshot(state, snapshot, this.#touched));
  }

  #takeBoard(view: BoardView): void {
    this.#touched.add(view.serial);
    if (hintsAtAgent(this.store.get().data, view)) this.#readAgentsSoon();
    this.change((state) => withBoard(state, view));
  }

  #readAgentsSoon(): void {
    this.#agentsTimer ??= setTimeout(() => {
      this.#agentsTimer = undefined;
      void this.#readAgents();
    }, AGENTS_AFTER_MS);
  }

  async #readAgents(): Promise<void> {
    try {
      const agents = await this.wiring.api.agents(this.#agentsReading.signal);
      this.change((state) => withAgents(state, agents));
    } catch (error) {
      // The next snapshot brings them; until then the last known state stands.
      if (!this.#agentsReading.signal.aborted) console.warn('Greenrack: agents not read', error);
    }
  }
}
