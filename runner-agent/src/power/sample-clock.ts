/** Host and instrument may disagree by so much without a sample being lost. */
const PLAUSIBLE_PPM = 200;
/** What a late delivery alone may look like: 5 ms at 100 kS/s. */
const TOLERANCE_S = 0.005;
const MAX_WINDOWS = 256;

/** How the instrument's time runs against the host's. */
export interface ClockFit {
  /** By how much the instrument's clock is fast. */
  readonly driftPpm: number;
  /** Samples that are missing by the host's clock although no counter shows it; negative when there are too many. */
  readonly unaccounted: number;
}

/**
 * Compares the count of samples with the host's clock. Samples come late, never early: the least delay of each stretch
 * of time is what tells.
 */
export class SampleClock {
  readonly #rateHz: number;
  #windowMs = 250;
  #windows: number[] = [];
  #beganMs: number | undefined;
  #leastLag = Number.POSITIVE_INFINITY;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** Notes that the sample before number `position` was here at `nowMs`. */
  note(position: number, nowMs: number): void {
    this.#beganMs ??= nowMs - (position / this.#rateHz) * 1000;
    const elapsedMs = nowMs - this.#beganMs;
    while (elapsedMs >= (this.#windows.length + 1) * this.#windowMs) this.#endWindow();
    this.#leastLag = Math.min(this.#leastLag, (elapsedMs * this.#rateHz) / 1000 - position);
  }

  /** Undefined for measurements that are too short to tell. */
  fit(): ClockFit | undefined {
    const quarter = this.#windows.length >> 2;
    if (quarter === 0) return undefined;
    const [early, late] = [least(this.#windows, 0, quarter), least(this.#windows, -quarter)];
    const span = ((late.at - early.at) * this.#windowMs * this.#rateHz) / 1000;
    const growth = late.lag - early.lag;
    const excess = Math.abs(growth) - (span * PLAUSIBLE_PPM) / 1e6 - TOLERANCE_S * this.#rateHz;
    return {
      driftPpm: (-growth / span) * 1e6,
      unaccounted: excess > 0 ? Math.round(growth) : 0,
    };
  }

  #endWindow(): void {
    this.#windows.push(this.#leastLag);
    this.#leastLag = Number.POSITIVE_INFINITY;
    if (this.#windows.length < MAX_WINDOWS) return;
    this.#windowMs *= 2;
    const pairs = Array.from({ length: MAX_WINDOWS / 2 }, (_, i) => 2 * i);
    this.#windows = pairs.map((i) =>
      Math.min(
        this.#windows[i] ?? Number.POSITIVE_INFINITY,
        this.#windows[i + 1] ?? Number.POSITIVE_INFINITY,
      ),
    );
  }
}

function least(windows: readonly number[], from: number, to?: number): { lag: number; at: number } {
  const part = windows.slice(from, to);
  const lag = Math.min(...part);
  const first = from < 0 ? windows.length + from : from;
  return { lag, at: first + part.indexOf(lag) };
}
