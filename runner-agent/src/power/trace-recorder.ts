import { createHash, type Hash } from 'node:crypto';
import { chunkSamplesFor, TraceWriter } from '@greenrack/farm-model';
import type { MeterInfo, TraceFooter } from '@greenrack/farm-protocol';
import type { MeterListener, SampleBlock, SampleGap } from '../contracts/power-meter.js';
import { AppendFile } from '../storage/append-file.js';
import { SampleClock } from './sample-clock.js';

/** What may wait for the disk; more means that it does not keep up. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const MAX_FAULTS = 20;

export interface TraceRecorderOptions {
  readonly path: string;
  /** The clock that places in the trace are found by, in ms. */
  nowMs(): number;
  /** The file has grown to `bytes`. */
  onWritten?(bytes: number): void;
  /** A write failed and will be tried again. */
  onError?(error: Error): void;
}

/** A recording that has ended. */
export interface TraceSeal {
  readonly bytes: number;
  readonly sha256: string;
  readonly footer: TraceFooter;
}

/** Records what a meter measures in a file. */
export class TraceRecorder implements MeterListener {
  readonly #options: TraceRecorderOptions;
  readonly #file: AppendFile;
  readonly #hash: Hash;
  readonly #faults = new Set<string>();
  #writer: TraceWriter | undefined;
  #clock: SampleClock | undefined;
  #appended = 0;
  #isFull = false;

  private constructor(file: AppendFile, options: TraceRecorderOptions, hash: Hash) {
    this.#options = options;
    this.#file = file;
    this.#hash = hash;
  }

  /** Makes the file; the measurement that it is for begins later. */
  static async create(options: TraceRecorderOptions): Promise<TraceRecorder> {
    const hash = createHash('sha256');
    const file = await AppendFile.open(options.path, 0, {
      lingerMs: 0,
      onWritten: (batch, total) => {
        hash.update(batch);
        options.onWritten?.(total);
      },
      onError: (error) => options.onError?.(error),
    });
    return new TraceRecorder(file, options, hash);
  }

  /** Before the first sample. */
  begin(meter: MeterInfo, startedAtMs: number): this {
    const chunkSamples = chunkSamplesFor(meter.sampleRateHz);
    const header = { version: 1 as const, startedAtMs, chunkSamples, meter };
    this.#writer = new TraceWriter(header, (bytes) => this.#append(bytes));
    this.#clock = new SampleClock(meter.sampleRateHz, this.#options.nowMs());
    for (const fault of meter.faults) this.#faults.add(fault);
    return this;
  }

  get hasBegun(): boolean {
    return this.#writer !== undefined;
  }

  get position(): number {
    return this.#writer?.samples ?? 0;
  }

  /** The sample that was taken at `nowMs`, as well as host and instrument can be compared. */
  indexAt(nowMs: number): number {
    return this.#clock?.indexAt(nowMs) ?? 0;
  }

  /** The meter is about to be told to stop. */
  stopping(): void {
    this.#clock?.stop(this.#options.nowMs());
  }

  samples(block: SampleBlock): void {
    this.#writer?.push(block);
    this.#clock?.note(this.position, this.#options.nowMs());
  }

  gap(gap: SampleGap): void {
    this.#writer?.gap(gap);
  }

  lost(message: string): void {
    this.#faults.add(message);
  }

  /** Resolves when everything is in the file, however long the disk refuses. */
  async end(): Promise<TraceSeal | undefined> {
    const footer = this.#writer?.end(
      [...this.#faults, ...this.#clockFaults()].slice(0, MAX_FAULTS),
      this.#clock?.place(),
    );
    await this.#file.flush();
    await this.#file.close();
    if (!footer) return undefined;
    return { bytes: this.#file.writtenBytes, sha256: this.#hash.digest('hex'), footer };
  }

  #clockFaults(): string[] {
    const unaccounted = this.#clock?.unaccounted() ?? 0;
    if (unaccounted === 0) return [];
    const what = unaccounted > 0 ? 'missing' : 'too many';
    return [`by the clock ${Math.abs(unaccounted)} samples are ${what}`];
  }

  #append(bytes: Uint8Array): void {
    // What does not fit is cut off: a trace whose end is missing is not believed.
    this.#isFull ||= this.#appended - this.#file.writtenBytes > MAX_WAITING_BYTES;
    if (this.#isFull) return;
    this.#appended += bytes.length;
    this.#file.append(bytes);
  }
}
