import type { Logger } from 'pino';
import type { ClaimedDuty, DutyEnd, DutyKind, DutyStore } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import { within } from '../timing/within.js';

/** Duties of one kind that are under way here at a time: a slow kind keeps no other waiting. */
const PER_KIND = 8;
/** Longest between two looks: another controller may have written a duty, and died before it did it. */
const LOOK_EVERY_MS = 60_000;
/** After a failed look at the database. */
const LOOK_RETRY_MS = 1_000;
/** First pause after a failure; it doubles up to the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Time on top of a try's own limit before another controller may take its duty. */
const GRACE_MS = 30_000;

/** Does one kind of duty. It may run again after a crash, and behind another controller's try. */
export interface DutyHandler {
  /** A try that takes longer has failed. */
  readonly limitMs: number;
  /** Failures in a row after which it is left to an operator. */
  readonly maxTries: number;
  /** Resolves to the time at which there is more to do, or to nothing. */
  readonly run: (
    subject: string,
    signal: AbortSignal,
    /** Failures in a row before this try. */
    tries: number,
  ) => Promise<number | undefined>;
  /** Pause after a failure. Default: longer each time, up to an hour. */
  readonly pauseMs?: number;
}

/** Every kind has its handler. */
export type DutyHandlers = Readonly<Record<DutyKind, DutyHandler>>;

export interface DutyWorkerDeps {
  readonly duties: DutyStore;
  readonly handlers: DutyHandlers;
  /** Of this process. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Works duties as they become due. One timer stands at the next, and one look at the database is under way at a time. */
export class DutyWorker {
  readonly #deps: DutyWorkerDeps;
  readonly #timer: ArmedTimer;
  readonly #closing = new AbortController();
  readonly #working = new Map<DutyKind, Set<Promise<void>>>();
  #looking: Promise<void> | undefined;
  #again = false;

  constructor(deps: DutyWorkerDeps) {
    this.#deps = deps;
    this.#timer = new ArmedTimer(deps.clock, () => this.look());
    deps.duties.onWritten(() => this.look());
  }

  /**
   * Takes on what is due and sets the timer for what is not. A duty that is written here leads here too. Calls during a look lead to one more.
   */
  look(): void {
    if (this.#closing.signal.aborted) return;
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#look();
  }

  /** Calls off what is under way and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the controller stops'));
    this.#timer.close();
    await this.#looking;
    await Promise.all([...this.#working.values()].flatMap((set) => [...set]));
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#deps;
    try {
      await this.#takeOn();
    } catch (error) {
      log.error({ err: error, retryInMs: LOOK_RETRY_MS }, 'duties not looked after');
      this.#timer.armBy(clock.now() + LOOK_RETRY_MS);
    }
    this.#looking = undefined;
    if (this.#again) this.look();
  }

  async #takeOn(): Promise<void> {
    const { duties, clock } = this.#deps;
    this.#timer.armBy(clock.now() + LOOK_EVERY_MS);
    for (const [kind, dueMs] of await duties.nextDueMs()) {
      const free = PER_KIND - (this.#working.get(kind)?.size ?? 0);
      // The first of this kind that ends looks again.
      if (free <= 0) continue;
      if (dueMs > clock.now()) this.#timer.armBy(dueMs);
      else await this.#begin(kind, free);
    }
  }

  async #begin(kind: DutyKind, limit: number): Promise<void> {
    const { duties, owner, clock, handlers } = this.#deps;
    const nowMs = clock.now();
    const untilMs = nowMs + handlers[kind].limitMs + GRACE_MS;
    const claimed = await duties.claim({ owner, kind, nowMs, untilMs, limit });
    // Another controller was faster: when the next one is due has changed.
    if (claimed.length === 0) this.#again = true;
    const set = this.#working.get(kind) ?? new Set();
    this.#working.set(kind, set);
    for (const duty of claimed) {
      const work = this.#work(duty).finally(() => {
        set.delete(work);
        this.look();
      });
      set.add(work);
    }
  }

  async #work(duty: ClaimedDuty): Promise<void> {
    const { duties, owner, handlers, log } = this.#deps;
    const end = await this.#try(duty, handlers[duty.kind]);
    try {
      await duties.end(duty, owner, end);
    } catch (error) {
      // It is free again when its owner's time is up.
      log.error({ err: error, duty: duty.id, kind: duty.kind }, 'the end of a duty is not written');
    }
  }

  async #try(duty: ClaimedDuty, handler: DutyHandler): Promise<DutyEnd> {
    const { clock, log } = this.#deps;
    const { kind, subject, tries } = duty;
    const { signal } = this.#closing;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(handler.limitMs)]);
    try {
      const run = handler.run(subject, limited, tries);
      const againMs = await within({ ms: handler.limitMs, signal }, `end of the duty ${kind}`, run);
      return { kind: 'done', ...(againMs === undefined ? {} : { againMs }) };
    } catch (error) {
      // Called off by a stop is no failure of the duty: whoever runs next does it.
      if (signal.aborted) return { kind: 'done', againMs: clock.now() };
      const dead = tries + 1 >= handler.maxTries;
      log.error({ err: error, kind, subject, tries: tries + 1, dead }, 'a duty failed');
      const retryMs = clock.now() + (handler.pauseMs ?? retryDelayMs(tries));
      return { kind: 'failed', error: messageOf(error), retryMs, dead };
    }
  }
}

/** Twice as long after each failure, and not in step with other duties that failed for the same cause. */
function retryDelayMs(tries: number): number {
  const fullMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 30));
  return Math.round(fullMs * (0.75 + Math.random() / 2));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
