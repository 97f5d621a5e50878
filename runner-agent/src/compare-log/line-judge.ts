import { ConsoleLines } from './console-lines.js';

/** Longest time at a stretch, in ms; one line may take longer than that, see `linePattern`. */
const SLICE_MS = 10;
/** Processor time that the lines of one run may take, in ms. */
const MAX_JUDGING_MS = 30_000;

export interface LineJudgeOptions {
  /** Takes a line; false when the run is over. */
  readonly onLine: (text: string, atUs: number) => boolean;
  /** Takes a line of {@link LineJudge.again}; false when the run is over. */
  readonly onAgain: (text: string) => boolean;
  /** The lines took more processor time than a run may have. */
  readonly onSpent: (limitMs: number) => void;
  readonly sliceMs?: number;
  readonly maxJudgingMs?: number;
}

/**
 * Has console lines judged in their order, in slices: an expression may cost a thousand times what a line of text does,
 * and the other boards of the agent want their turn.
 */
export class LineJudge {
  readonly #lines = new ConsoleLines();
  readonly #options: LineJudgeOptions;
  readonly #sliceMs: number;
  readonly #maxUs: number;
  #spentUs = 0;
  #turn: NodeJS.Immediate | undefined;
  readonly #again: string[] = [];
  #isOver = false;
  #isClosed = false;
  #afterwards: (() => void) | undefined;

  constructor(options: LineJudgeOptions) {
    this.#options = options;
    this.#sliceMs = options.sliceMs ?? SLICE_MS;
    this.#maxUs = (options.maxJudgingMs ?? MAX_JUDGING_MS) * 1000;
  }

  /** The line that has not ended yet. */
  get tail(): string {
    return this.#lines.tail;
  }

  push(bytes: Uint8Array, atUs: number): void {
    if (this.#isOver || this.#isClosed) return;
    this.#lines.push(bytes, atUs);
    if (!this.#turn) this.#judge();
  }

  /** Whether lines wait that were taken for something else. */
  get hasAgain(): boolean {
    return this.#again.length > 0;
  }

  /** Has lines judged that were taken for something else, before all that still wait. */
  again(lines: readonly string[]): void {
    this.#again.push(...lines);
    this.#turn ??= setImmediate(() => this.#judge());
  }

  /** Calls `fn` when all that has arrived is judged, if that does not end the run; what arrives later is not read. */
  afterLines(fn: () => void): void {
    this.#isClosed = true;
    this.#afterwards ??= fn;
    if (!this.#turn) this.#judge();
  }

  /** What still waits is not judged. */
  stop(): void {
    this.#isOver = true;
    clearImmediate(this.#turn);
  }

  #judge(): void {
    this.#turn = undefined;
    const before = process.cpuUsage();
    const isDone = this.#slice();
    const { user, system } = process.cpuUsage(before);
    this.#spentUs += user + system;
    if (this.#isOver) return;
    if (isDone) this.#goOn();
    else if (this.#spentUs >= this.#maxUs) this.#options.onSpent(this.#maxUs / 1000);
    else this.#turn = setImmediate(() => this.#judge());
  }

  #goOn(): void {
    const then = this.#afterwards;
    this.#afterwards = undefined;
    then?.();
  }

  /** True when no line is left. */
  #slice(): boolean {
    const endMs = performance.now() + this.#sliceMs;
    while (this.#one()) if (performance.now() >= endMs) return false;
    return true;
  }

  /** False when there was no line, or the run is over. */
  #one(): boolean {
    const again = this.#again.shift();
    if (again !== undefined) return this.#options.onAgain(again);
    const line = this.#lines.next();
    return line !== undefined && this.#options.onLine(line.text, line.atUs);
  }
}
