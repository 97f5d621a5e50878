import { medianOf } from '../median.js';
import { type BreakRule, clearBreak } from './clear-break.js';
import { criticalStrength, MIN_WINDOW, splitPValue } from './split-levels.js';
import { strongestSplit, strongestStay } from './split-search.js';

/** Values that are looked at together. One more costs no more than one look at so many, however long the series. */
const WINDOW = 256;
/** A change is settled when so many values have followed it. */
const SETTLED_AFTER = 32;
/** What a stay must be stronger than a split: there are so many more of them. */
const STAY_EXTRA = 0.5;
/** Chance that a clear break in ten values is none; its ranks cannot say it. */
const CLEAR_P = 0.003;

/** A shift of the level from value `at` on. */
export interface ChangePoint {
  readonly at: number;
  /** Chance of one like it where nothing has changed, anywhere in its window. */
  readonly p: number;
}

/** How values behave that are never the same twice. */
const NOISY: BreakRule = { minShift: 0, minValues: 10 };

/**
 * The change points of a growing series. What it says depends on the values alone, not on how often it was asked.
 * It divides as E-divisive does; what it does differently is in docs/decisions.
 */
export class ChangeTrack {
  readonly #rule: BreakRule;
  #values = new Float64Array(WINDOW + 1);
  /** The window: values `#from` to `#from + #length` of the series. */
  #from = 0;
  #length = 0;
  readonly #settled: ChangePoint[] = [];

  constructor(rule: BreakRule = NOISY) {
    this.#rule = rule;
  }

  get length(): number {
    return this.#from + this.#length;
  }

  append(value: number): void {
    this.#values[this.#length++] = value;
    if (this.#length > WINDOW) this.#settle();
  }

  /** All change points, the latest perhaps not for good. */
  changes(): ChangePoint[] {
    return [...this.#settled, ...this.#ofWindow(this.#length)];
  }

  /** Values since the last change point, or as many of them as are kept. */
  regime(): Float64Array {
    const last = this.changes().at(-1)?.at ?? 0;
    return this.#values.slice(Math.max(0, last - this.#from), this.#length);
  }

  #settle(): void {
    const limit = this.#from + WINDOW - SETTLED_AFTER;
    const found = this.#ofWindow(WINDOW).filter(({ at }) => at <= limit);
    this.#settled.push(...found);
    const next = found.at(-1)?.at ?? this.#from + WINDOW / 2;
    this.#values.copyWithin(0, next - this.#from, this.#length);
    this.#length -= next - this.#from;
    this.#from = next;
  }

  #ofWindow(length: number): ChangePoint[] {
    const found = divided(this.#values.subarray(0, length), this.#rule);
    return found.map(({ at, p }) => ({ at: at + this.#from, p }));
  }
}

/** Divides a window until no part has a split that chance does not explain. */
function divided(values: Float64Array, rule: BreakRule): ChangePoint[] {
  const found: ChangePoint[] = [];
  const divide = (from: number, to: number): void => {
    const split = splitOf(values.subarray(from, to), rule);
    if (!split) return;
    divide(from, from + split.at);
    found.push({ at: from + split.at, p: split.p });
    divide(from + split.at, to);
  };
  divide(0, values.length);
  const points = reviewed(values, found, rule);
  return points.length === 0 ? points : withStays(values, points);
}

/**
 * In a window that has changes, the stays at another level between them: they hide from single splits. Where nothing has
 * changed nothing is looked for, so they cost no false alarm there.
 */
function withStays(values: Float64Array, points: readonly ChangePoint[]): ChangePoint[] {
  const ends = [...points.map(({ at }) => at), values.length];
  const stays = ends.flatMap((to, i) => {
    const from = i === 0 ? 0 : (ends[i - 1] ?? 0);
    const part = values.subarray(from, to);
    const stay = part.length < 2 * MIN_WINDOW ? undefined : strongestStay(part);
    if (!stay || stay.strength <= criticalStrength(part.length) + STAY_EXTRA) return [];
    const p = splitPValue(stay.strength - STAY_EXTRA, part.length);
    return [stay.from, stay.to].map((at) => ({ at: from + at, p }));
  });
  return [...points, ...stays].sort((a, b) => a.at - b.at);
}

/** Each split again, between its neighbours: what a division left behind that made it is gone, and it may lie better. */
function reviewed(values: Float64Array, found: ChangePoint[], rule: BreakRule): ChangePoint[] {
  if (found.length < 2) return found;
  const kept: ChangePoint[] = [];
  for (const [i, point] of found.entries()) {
    const from = kept.at(-1)?.at ?? 0;
    const to = found[i + 1]?.at ?? values.length;
    const split = splitOf(values.subarray(from, to), rule);
    if (split) kept.push({ at: from + split.at, p: Math.min(split.p, point.p) });
  }
  return kept;
}

function splitOf(values: Float64Array, rule: BreakRule): ChangePoint | undefined {
  const split = significant(values) ?? clear(values, rule);
  if (!split || rule.minShift === 0) return split;
  const shift = medianOf(values.subarray(split.at)) - medianOf(values.subarray(0, split.at));
  return Math.abs(shift) > rule.minShift ? split : undefined;
}

function significant(values: Float64Array): ChangePoint | undefined {
  const n = values.length;
  if (n < MIN_WINDOW) return undefined;
  const split = strongestSplit(values);
  if (!split || split.strength <= criticalStrength(n)) return undefined;
  return { at: split.at, p: splitPValue(split.strength, n) };
}

function clear(values: Float64Array, rule: BreakRule): ChangePoint | undefined {
  const at = clearBreak(values, rule);
  return at === undefined ? undefined : { at, p: CLEAR_P };
}
