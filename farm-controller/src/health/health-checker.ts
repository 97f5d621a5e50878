import type { Logger } from 'pino';
import type { BoardStore, Change, QueuedRun, SuspectBoard } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import { type GoldenImage, type GoldenImages, NoGoldenImage } from './golden-images.js';
import { planCheck } from './plan-check.js';

/** After a failed look at the database. */
const RETRY_MS = 1_000;
/** Between looks at the place where a golden image should be that is missing, as while it is built anew. */
const MISSING_RETRY_MS = 5_000;
/** Looks after which it counts as missing: a minute. Not by the clock, which may leap. */
const MISSING_LOOKS = 12;
const MAX_CAUSE = 2_000;

export interface HealthCheckerDeps {
  readonly boards: Pick<BoardStore, 'suspects' | 'beginCheck' | 'endSuspicion'>;
  readonly goldenImages: Pick<GoldenImages, 'take'>;
  readonly onChange: (change: Change) => void;
  /** The run of a check is committed. */
  readonly onQueued: (runs: readonly QueuedRun[]) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

type Check = NonNullable<SuspectBoard['check']>;

/**
 * Has suspect boards examined: each gets one run of its model's golden image, and the verdict of that decides. What is
 * to be done next follows from the database alone, one transaction a step: whoever looks, after whatever crash, and on
 * however many controllers, goes on where the last one stopped.
 */
export class HealthChecker {
  readonly #deps: HealthCheckerDeps;
  readonly #retry: ArmedTimer;
  /** How often the golden images of suspect boards have been missed, by serial, and when last. */
  #missed = new Map<string, { readonly looks: number; readonly atMs: number }>();
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(deps: HealthCheckerDeps) {
    this.#deps = deps;
    this.#retry = new ArmedTimer(deps.clock, () => this.request());
  }

  /** A board may have become suspect, or a check have ended. Calls during a look lead to one more. */
  request(): void {
    if (this.#closed) return;
    if (this.#looking) this.#again = true;
    else this.#looking = this.#look();
  }

  /** Stops; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.close();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { boards, clock, log } = this.#deps;
    try {
      const suspects = await boards.suspects();
      const serials = new Set(suspects.map(({ serial }) => serial));
      for (const serial of this.#missed.keys())
        if (!serials.has(serial)) this.#missed.delete(serial);
      for (const suspect of suspects) await this.#lookAfter(suspect);
    } catch (error) {
      log.error({ err: error, retryInMs: RETRY_MS }, 'suspect boards not looked after');
      this.#retry.armBy(clock.now() + RETRY_MS);
    }
    this.#looking = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.request();
  }

  /** What one board stops does not stop the others. */
  async #lookAfter(suspect: SuspectBoard): Promise<void> {
    const { clock, log } = this.#deps;
    try {
      await this.#next(suspect);
    } catch (error) {
      const { serial: board } = suspect;
      log.error({ err: error, board, retryInMs: RETRY_MS }, 'a suspect board is not looked after');
      this.#retry.armBy(clock.now() + RETRY_MS);
    }
  }

  async #next(suspect: SuspectBoard): Promise<void> {
    const { check } = suspect;
    if (!check) await this.#begin(suspect);
    else if (check.state === 'finished') await this.#end(suspect, check);
  }

  async #begin(suspect: SuspectBoard): Promise<void> {
    const { boards, clock, log, onChange, onQueued } = this.#deps;
    const image = await this.#goldenImage(suspect);
    if (!image) return;
    const begun = await boards.beginCheck(suspect.serial, planCheck(suspect, image, clock.now()));
    if (!begun) return;
    log.info({ board: suspect.serial, image: image.name }, 'health check of a suspect board');
    onChange(begun.change);
    onQueued(begun.queued);
  }

  /** Undefined while there is none, and when there will be none: the board is quarantined then. */
  async #goldenImage({ serial, model }: SuspectBoard): Promise<GoldenImage | undefined> {
    const { goldenImages, clock } = this.#deps;
    try {
      const image = await goldenImages.take(model, clock.now());
      this.#missed.delete(serial);
      return image;
    } catch (error) {
      if (!(error instanceof NoGoldenImage)) throw error;
      if (!error.mayCome || !this.#waitFor(serial, error.message))
        await this.#decide(serial, null, { health: 'quarantined', cause: error.message });
      return undefined;
    }
  }

  /** False when the image has been waited for long enough. Looks in between, for other reasons, do not count. */
  #waitFor(serial: string, why: string): boolean {
    const { clock, log } = this.#deps;
    const now = clock.now();
    const last = this.#missed.get(serial);
    if (!last) log.warn({ board: serial, why }, 'a health check waits for its golden image');
    const isDue = !last || Math.abs(now - last.atMs) >= MISSING_RETRY_MS;
    const looks = (last?.looks ?? 0) + (isDue ? 1 : 0);
    if (looks > MISSING_LOOKS) return false;
    if (isDue) this.#missed.set(serial, { looks, atMs: now });
    this.#retry.armBy(now + MISSING_RETRY_MS);
    return true;
  }

  async #end({ serial }: SuspectBoard, check: Check): Promise<void> {
    const { runId, verdict, message, attemptId } = check;
    const evidence = attemptId === null ? runId : `${attemptId} (${runId})`;
    if (verdict === 'pass')
      return this.#decide(serial, runId, {
        health: 'good',
        cause: 'its health check passed',
        evidence,
      });
    const cause = `its health check ended as ${verdict}: ${message || 'without a message'}`;
    await this.#decide(serial, runId, { health: 'quarantined', cause, evidence });
  }

  async #decide(
    serial: string,
    checkRunId: string | null,
    to: { health: 'good' | 'quarantined'; cause: string; evidence?: string },
  ): Promise<void> {
    const { boards, clock, log, onChange } = this.#deps;
    this.#missed.delete(serial);
    const cause = to.cause.slice(0, MAX_CAUSE);
    const end = { ...to, cause, nowMs: clock.now() };
    const change = await boards.endSuspicion(serial, checkRunId, end);
    if (change.boards.length === 0) return;
    log.warn({ board: serial, ...to, cause }, 'a suspicion has ended');
    onChange(change);
  }
}
