import type { CoreActivity, OutputEdge } from '../../contracts/board-part.js';
import { type ModelSpan, type PowerModel, spansOf } from './power-model.js';
import { SAMPLE_RATE_HZ, type VirtualProbe } from './virtual-ppk2.js';

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** How often the core is asked what it did: what it answers is shown as long after. */
const ASK_MS = 10;

/** Shows what the model says of a core. */
export class CoreProbe implements VirtualProbe {
  readonly #model: PowerModel;
  readonly #core: CoreActivity;
  #lines = 0;
  /** Edges behind what was shown. */
  readonly #waiting: OutputEdge[] = [];
  #nowMs = 0;
  #awakeNs = 0;
  #askedMs = 0;
  #isAsking = false;
  /** Time awake that is still to be shown, and how much of it in a ms. */
  #owedNs = 0;
  #perMsNs = 0;

  constructor(model: PowerModel, core: CoreActivity) {
    this.#model = model;
    this.#core = core;
  }

  begin(): void {
    this.#nowMs = wallMs();
    this.#owedNs = 0;
    this.#perMsNs = 0;
    this.#askedMs = this.#nowMs;
    void this.#ask(this.#nowMs, () => {
      this.#owedNs = 0;
    });
    this.#waiting.length = 0;
    this.#lines = this.#core.takeEdges().at(-1)?.lines ?? 0;
  }

  next(samples: number): ModelSpan[] {
    const beganMs = this.#nowMs;
    const durationMs = samples / SAMPLES_PER_MS;
    this.#nowMs += durationMs;
    const stretch = {
      ...{ samples, beganMs, samplesPerMs: SAMPLES_PER_MS, lines: this.#lines },
      awake: this.#awake(durationMs),
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

  /**
   * The share of a stretch for which the core was awake. An emulator that is faster than its core makes it more than
   * all: what an instruction takes is the same, however long it took.
   */
  #awake(durationMs: number): number {
    if (!this.#isAsking && this.#nowMs - this.#askedMs >= ASK_MS) void this.#ask(this.#nowMs);
    const shownNs = Math.min(this.#owedNs, this.#perMsNs * durationMs);
    this.#owedNs -= shownNs;
    return shownNs / (durationMs * 1e6);
  }

  async #ask(nowMs: number, then: () => void = () => undefined): Promise<void> {
    this.#isAsking = true;
    const awakeNs = await this.#core.awakeNs();
    this.#isAsking = false;
    this.#owedNs += Math.max(0, awakeNs - this.#awakeNs);
    this.#awakeNs = awakeNs;
    then();
    this.#perMsNs = this.#owedNs / Math.max(ASK_MS, nowMs - this.#askedMs);
    this.#askedMs = nowMs;
  }
}

/** The wall clock, finer than a millisecond: from its next step on. */
function wallMs(): number {
  const ms = Date.now();
  let now = ms;
  while (now === ms) now = Date.now();
  return now;
}
