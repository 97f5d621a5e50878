import type { Logger } from 'pino';
import type { Change, HealthStore, QueuedRun, SuspectBoard } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import { type GoldenImage, type GoldenImages, NoGoldenImage } from './golden-images.js';
import { planCheck } from './plan-check.js';

/** Between looks at the place where a golden image should be that is missing, as while it is built anew. */
export const MISSING_RETRY_MS = 5_000;
/** Looks after which it counts as missing: a minute. Not by the clock, which may leap. */
const MISSING_LOOKS = 12;
const MAX_CAUSE = 2_000;

export interface HealthCheckerDeps {
  readonly health: Pick<HealthStore, 'suspect' | 'beginCheck' | 'endSuspicion'>;
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
 * to be done next follows from the database alone, one transaction a step; whatever makes it due writes the duty to look.
 */
export class HealthChecker {
  readonly #deps: HealthCheckerDeps;

  constructor(deps: HealthCheckerDeps) {
    this.#deps = deps;
  }

  /**
   * Does what is next for a board that may be suspect.
   * @param looks - in vain before this one
   * @throws NoGoldenImage while that may still come
   */
  async examine(serial: string, looks: number): Promise<undefined> {
    const suspect = await this.#deps.health.suspect(serial);
    if (!suspect) return;
    const { check } = suspect;
    if (!check) await this.#begin(suspect, looks);
    else if (check.state === 'finished') await this.#end(suspect, check);
  }

  async #begin(suspect: SuspectBoard, looks: number): Promise<void> {
    const { health, clock, log, onChange, onQueued } = this.#deps;
    const image = await this.#goldenImage(suspect, looks);
    if (!image) return;
    const begun = await health.beginCheck(suspect.serial, planCheck(suspect, image, clock.now()));
    if (!begun) return;
    log.info({ board: suspect.serial, image: image.name }, 'health check of a suspect board');
    onChange(begun.change);
    onQueued(begun.queued);
  }

  /** Undefined when there will be none: the board is quarantined then. */
  async #goldenImage(
    { serial, model }: SuspectBoard,
    looks: number,
  ): Promise<GoldenImage | undefined> {
    const { goldenImages, clock } = this.#deps;
    try {
      return await goldenImages.take(model, clock.now());
    } catch (error) {
      if (!(error instanceof NoGoldenImage) || (error.mayCome && looks < MISSING_LOOKS))
        throw error;
      await this.#decide(serial, null, { health: 'quarantined', cause: error.message });
      return undefined;
    }
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
    const { health, clock, log, onChange } = this.#deps;
    const cause = to.cause.slice(0, MAX_CAUSE);
    const end = { ...to, cause, nowMs: clock.now() };
    const change = await health.endSuspicion(serial, checkRunId, end);
    if (change.boards.length === 0) return;
    log.warn({ board: serial, ...to, cause }, 'a suspicion has ended');
    onChange(change);
  }
}
