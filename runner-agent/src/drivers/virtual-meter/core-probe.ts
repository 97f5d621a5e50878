import type { CoreActivity, OutputEdge } from '../../contracts/board-part.js';
import { type ModelSpan, type PowerModel, spansOf } from './power-model.js';
import { SAMPLE_RATE_HZ, type VirtualProbe } from './virtual-ppk2.js';

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** The kernel adds up late on a busy machine: so much time awake may be shown later than it was. */
const MAX_OWED_NS = 20e6;

/** Shows what the model says of a core. */
export class CoreProbe implements VirtualProbe {
  readonly #model: PowerModel;
  readonly #core: CoreActivity;
  #lines = 0;
  /** Edges behind what was shown. */
  readonly #waiting: OutputEdge[] = [];
  #nowMs = 0;
  #awakeNs: number | undefined;
  #owedNs = 0;

  constructor(model: PowerModel, core: CoreActivity) {
    this.#model = model;
    this.#core = core;
  }

  begin(): void {
    this.#nowMs = wallMs();
    this.#awakeNs = this.#core.awakeNs();
    this.#owedNs = 0;
    this.#waiting.length = 0;
    this.#lines = this.#core.takeEdges().at(-1)?.lines ?? 0;
  }

  next(samples: number): ModelSpan[] {
    const beganMs = this.#nowMs;
    const durationMs = samples / SAMPLES_PER_MS;
    this.#nowMs += durationMs;
    const stretch = {
      ...{ samples, beganMs, samplesPerMs: SAMPLES_PER_MS, lines: this.#lines },
      awake: this.#awake(durationMs * 1e6),
    };
    const edges = this.#edgesBefore(this.#nowMs, beganMs);
    this.#lines = edges.at(-1)?.lines ?? this.#lines;
    return spansOf(this.#model, stretch, edges);
  }

  /** Those that are heard after their time was shown are moved, together: none is lost, and pulses keep their length. */
  #edgesBefore(endMs: number, shownMs: number): OutputEdge[] {
    const heard = this.#core.takeEdges();
    const lateMs = Math.max(0, shownMs - (heard[0]?.atMs ?? shownMs));
    for (const { atMs, lines } of heard) this.#waiting.push({ atMs: atMs + lateMs, lines });
    const next = this.#waiting.findIndex(({ atMs }) => atMs >= endMs);
    return this.#waiting.splice(0, next < 0 ? this.#waiting.length : next);
  }

  /** The share of the last stretch for which the core was awake. */
  #awake(durationNs: number): number {
    const now = this.#core.awakeNs();
    // A core that has just got its power has everything it did before it.
    const before = this.#awakeNs ?? now ?? 0;
    this.#awakeNs = now;
    if (now === undefined) return 0;
    this.#owedNs = Math.min(MAX_OWED_NS, this.#owedNs + Math.max(0, now - before));
    const shownNs = Math.min(durationNs, this.#owedNs);
    this.#owedNs -= shownNs;
    return shownNs / durationNs;
  }
}

/** The wall clock, finer than a millisecond: from its next step on. */
function wallMs(): number {
  const ms = Date.now();
  let now = ms;
  while (now === ms) now = Date.now();
  return now;
}
