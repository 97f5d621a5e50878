import type { TraceClock } from '@greenrack/farm-protocol';

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
  #stoppedMs: number | undefined;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** The instrument is told to stop: what comes later was sampled before, or while it was being told. */
  stop(nowMs: number): void {
    this.#stoppedMs = nowMs;
  }

  /** Notes that the sample before number `position` was here at `nowMs`. */
  note(position: number, nowMs: number): void {
    this.#beganMs ??= nowMs - (position / this.#rateHz) * 1000;
    const elapsedMs = nowMs - this.#beganMs;
    while (elapsedMs >= (this.#windows.length + 1) * this.#windowMs) this.#endWindow();
    const lag = (elapsedMs * this.#rateHz) / 1000 - position;
    this.#leastLag = Math.min(
      this.#leastLag,
      this.#stoppedMs === undefined ? lag : this.#lagOfStop(lag, nowMs),
    );
  }

  /** The sample that was taken at `nowMs`, not before the first. */
  indexAt(nowMs: number): number {
    if (this.#beganMs === undefined) return 0;
    const elapsedMs = nowMs - this.#beganMs;
    const line = this.#line() ?? this.#level();
    const lag = line.lag + (elapsedMs - line.atMs) * line.perMs;
    return Math.max(0, Math.round((elapsedMs * this.#rateHz) / 1000 - lag));
  }

  /** Where the samples stand in the host's time. Undefined before the first. */
  place(): TraceClock | undefined {
    if (this.#beganMs === undefined) return undefined;
    const { lag, atMs, perMs } = this.#line() ?? this.#level();
    const perHostMs = this.#rateHz / 1000;
    const firstMs = (lag - atMs * perMs) / (perHostMs - perMs);
    return { offsetUs: 1000 * (this.#beganMs + firstMs), driftPpm: (-perMs / perHostMs) * 1e6 };
  }

  #level(): { lag: number; perMs: number; atMs: number } {
    return { lag: Math.min(this.#leastLag, ...this.#windows), perMs: 0, atMs: 0 };
  }

  /** How the least delay goes, in samples. */
  #line(): { lag: number; perMs: number; atMs: number; spanMs: number } | undefined {
    const quarter = this.#windows.length >> 2;
    if (quarter === 0) return undefined;
    // The newest one too, though it is not over: what came at the very end may be what was waited for.
    const windows = [...this.#windows, this.#leastLag];
    const [early, late] = [least(windows, 0, quarter), least(windows, -quarter - 1)];
    const spanMs = (late.at - early.at) * this.#windowMs;
    const perMs = (late.lag - early.lag) / spanMs;
    return { lag: early.lag, perMs, atMs: early.at * this.#windowMs, spanMs };
  }

  /** Undefined for measurements that are too short to tell. */
  fit(): ClockFit | undefined {
    const line = this.#line();
    if (!line) return undefined;
    const growth = line.perMs * line.spanMs;
    const span = (line.spanMs * this.#rateHz) / 1000;
    const excess = Math.abs(growth) - (span * PLAUSIBLE_PPM) / 1e6 - TOLERANCE_S * this.#rateHz;
    return {
      driftPpm: (-growth / span) * 1e6,
      unaccounted: excess > 0 ? Math.round(growth) : 0,
    };
  }

  /** Between what it is if the instrument stopped at once, and if it stopped only now: like before, if it can be. */
  #lagOfStop(lagNow: number, nowMs: number): number {
    const sinceStopMs = nowMs - (this.#stoppedMs ?? nowMs);
    const lagAtOnce = lagNow - (sinceStopMs * this.#rateHz) / 1000;
    const before = Math.min(this.#leastLag, ...this.#windows);
    return Math.min(lagNow, Math.max(lagAtOnce, before));
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
