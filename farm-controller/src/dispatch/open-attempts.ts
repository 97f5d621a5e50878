import { boardsOf } from '@greenrack/farm-model';
import type { AttemptStore, OpenAttempt } from '../store/ports.js';

/** An attempt that has not ended, as this controller remembers it. */
export interface LiveAttempt {
  readonly attemptId: string;
  readonly runId: string;
  readonly leaseId: string;
  readonly fence: number;
  readonly agent: string;
  /** The first one and its partners'. */
  readonly boardSerials: readonly string[];
  readonly startedMs: number;
  /** When the attempt must be over on the board; in ms since the epoch. */
  readonly boundMs: number;
  /** Whom its board time is charged to; unknown for attempts of an earlier life of this controller. */
  readonly tenant?: string;
}

/** Ids of ended attempts that are remembered, so that an older answer of the database does not bring them back. */
const MAX_ENDED = 5_000;
/** Cancellations that may arrive before the grant they are for; more than a handful is not to be expected. */
const MAX_EARLY_CANCELS = 1_000;

/**
 * The open attempts of the agents connected here: console chunks are checked against it without a query. The database
 * stays the judge for events.
 */
export class OpenAttempts {
  readonly #store: Pick<AttemptStore, 'open'>;
  readonly #now: () => number;
  readonly #attempts = new Map<string, LiveAttempt>();
  readonly #ended = new Set<string>();
  readonly #earlyCancels = new Set<string>();

  constructor(store: Pick<AttemptStore, 'open'>, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Answers whether a cancellation has come before. */
  add(attempt: LiveAttempt): { cancelled: boolean } {
    this.#attempts.set(attempt.attemptId, attempt);
    return { cancelled: this.#earlyCancels.delete(attempt.attemptId) };
  }

  /**
   * Remembers an attempt that the database called open; what is known of it already stays. Undefined when it has ended
   * since the database was asked.
   */
  adopt(open: OpenAttempt): LiveAttempt | undefined {
    const known = this.#attempts.get(open.attemptId);
    if (known || this.#ended.has(open.attemptId)) return known;
    const live = this.#liveOf(open);
    this.#attempts.set(open.attemptId, live);
    return live;
  }

  get(attemptId: string): LiveAttempt | undefined {
    return this.#attempts.get(attemptId);
  }

  /** Like {@link get}, but asks the database for an attempt that is not remembered. */
  async find(attemptId: string): Promise<LiveAttempt | undefined> {
    const known = this.#attempts.get(attemptId);
    if (known) return known;
    const open = await this.#store.open(attemptId);
    return open && (this.adopt(open) ?? this.#liveOf(open));
  }

  #liveOf({ assignment, ...open }: OpenAttempt): LiveAttempt {
    const { attemptId, runId, leaseId, fence, agent } = open;
    const boardSerials = boardsOf(assignment).map(({ board }) => board.serial);
    const startedMs = this.#now();
    // Its true start is not known here; the bound may be too late by the time it has run already.
    const boundMs = startedMs + assignment.timeoutMs;
    return { attemptId, runId, leaseId, fence, agent, boardSerials, startedMs, boundMs };
  }

  ofAgent(agent: string): LiveAttempt[] {
    return [...this.#attempts.values()].filter((attempt) => attempt.agent === agent);
  }

  /** The attempt is over. Answers what was known of it. */
  end(attemptId: string): LiveAttempt | undefined {
    const attempt = this.#attempts.get(attemptId);
    this.#attempts.delete(attemptId);
    remember(this.#ended, attemptId, MAX_ENDED);
    return attempt;
  }

  /** A cancellation overtook the grant: {@link add} will say so. */
  cancelEarly(attemptId: string): void {
    remember(this.#earlyCancels, attemptId, MAX_EARLY_CANCELS);
  }
}

/** Adds to a bounded set; the oldest falls out. */
function remember(ids: Set<string>, id: string, max: number): void {
  ids.add(id);
  const [oldest] = ids;
  if (oldest !== undefined && ids.size > max) ids.delete(oldest);
}
