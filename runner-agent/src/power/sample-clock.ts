import type { TraceClock } from '@greenrack/farm-protocol';

/** Host and instrument may disagree by so much without a sample being lost. */
const PLAUSIBLE_PPM = 200;
/** What the host may be wrong by about when it began and ended a measurement. */
const TOLERANCE_MS = 5;
const FIRST_WINDOW_MS = 250;
const MAX_WINDOWS = 256;
/** Fewer points say nothing about drift. */
const MIN_POINTS = 5;

/** By how many samples a delivery was behind the host's clock. */
interface Lag {
  readonly atMs: number;
  readonly samples: number;
}

/**
 * Compares the count of samples with the host's clock. The count is the time of a measurement, and the host's clock only
 * bounds it: none is taken before the instrument was told to begin, none arrives before it was taken, and when the last one
 * is here there must be as many as belong to the time until the instrument was told to stop. How late they arrive says
 * nothing, be it a second at the start of a busy machine: of each stretch of time the least lag is kept.
 */
export class SampleClock {
  readonly #perMs: number;
  readonly #beganMs: number;
  #windowMs = FIRST_WINDOW_MS;
  #windows: Lag[] = [];
  #position = 0;
  #stoppedAtMs: number | undefined;
  /** What they come in: at the end as many may be on their way for ever. */
  #leastStep = Number.POSITIVE_INFINITY;

  /** @param beganMs - right before the instrument is told to begin */
  constructor(rateHz: number, beganMs: number) {
    this.#perMs = rateHz / 1000;
    this.#beganMs = beganMs;
  }

  /** The instrument is told to stop: what is noted later was sampled before, or while it was being told. */
  stop(nowMs: number): void {
    this.#stoppedAtMs = nowMs - this.#beganMs;
  }

  /** Notes that the sample before number `position` was here at `nowMs`. */
  note(position: number, nowMs: number): void {
    const atMs = nowMs - this.#beganMs;
    this.#leastStep = Math.min(this.#leastStep, position - this.#position);
    this.#position = position;
    const lag = { atMs, samples: atMs * this.#perMs - position };
    while (atMs >= MAX_WINDOWS * this.#windowMs) this.#widen();
    this.#keep(lag);
  }

  /** The sample that was taken at `nowMs`, not before the first. */
  indexAt(nowMs: number): number {
    const line = this.#line();
    if (!line) return 0;
    const atMs = nowMs - this.#beganMs;
    return Math.max(0, Math.round(atMs * (this.#perMs - line.perMs) - line.samples));
  }

  /** Where the samples stand in the host's time. Undefined before the first. */
  place(): TraceClock | undefined {
    const line = this.#line();
    if (!line) return undefined;
    const firstMs = line.samples / (this.#perMs - line.perMs);
    return {
      offsetUs: 1000 * (this.#beganMs + firstMs),
      driftPpm: (-line.perMs / this.#perMs) * 1e6,
    };
  }

  /**
   * Samples that are missing although no counter shows it, once the instrument has stopped; negative when there are more
   * than can be.
   */
  unaccounted(): number {
    if (this.#windows.length === 0) return 0;
    const { atMs, samples } = leastOf(this.#windows);
    const drifted = (sinceMs: number) => (sinceMs * this.#perMs * PLAUSIBLE_PPM) / 1e6;
    const tolerance = TOLERANCE_MS * this.#perMs;
    if (-samples > drifted(atMs) + tolerance) return Math.round(samples);
    if (this.#stoppedAtMs === undefined) return 0;
    const behind = this.#stoppedAtMs * this.#perMs - this.#position - samples;
    const excess = behind - drifted(this.#stoppedAtMs) - tolerance - this.#leastStep;
    return excess > 0 ? Math.round(behind) : 0;
  }

  /** How the lag goes that is no lateness: below all of them, and as near to them as drift can be. */
  #line(): { samples: number; perMs: number } | undefined {
    if (this.#windows.length === 0) return undefined;
    const slope = this.#windows.length < MIN_POINTS ? 0 : slopeBelow(this.#windows);
    // No clock is that wrong: it was lateness, of which the least is what there is to know.
    const perMs = Math.abs(slope) > (this.#perMs * PLAUSIBLE_PPM) / 1e6 ? 0 : slope;
    return {
      perMs,
      samples: Math.min(...this.#windows.map((each) => each.samples - each.atMs * perMs)),
    };
  }

  #keep(lag: Lag): void {
    const least = this.#windows.at(-1);
    if (!least || this.#windowOf(least) < this.#windowOf(lag)) this.#windows.push(lag);
    else if (lag.samples < least.samples) this.#windows.splice(-1, 1, lag);
  }

  #windowOf({ atMs }: Lag): number {
    return Math.floor(atMs / this.#windowMs);
  }

  #widen(): void {
    this.#windowMs *= 2;
    const lags = this.#windows;
    this.#windows = [];
    for (const lag of lags) this.#keep(lag);
  }
}

function leastOf(lags: readonly Lag[]): Lag {
  return lags.reduce((least, lag) => (lag.samples < least.samples ? lag : least));
}

/** The slope of the lower hull in the middle of all: of lines below all lags, that one is the nearest to them in sum. */
function slopeBelow(lags: readonly Lag[]): number {
  const middleMs = lags.reduce((sum, { atMs }) => sum + atMs, 0) / lags.length;
  let slope = 0;
  const [left, right] = [
    lags.filter(({ atMs }) => atMs <= middleMs),
    lags.filter(({ atMs }) => atMs > middleMs),
  ];
  let best = Number.POSITIVE_INFINITY;
  for (const a of left)
    for (const b of right) {
      const each = (b.samples - a.samples) / (b.atMs - a.atMs);
      const atMiddle = a.samples + each * (middleMs - a.atMs);
      if (atMiddle < best) [best, slope] = [atMiddle, each];
    }
  return slope;
}
