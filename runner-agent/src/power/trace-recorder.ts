import { type FileHandle, open } from 'node:fs/promises';
import { chunkSamplesFor, TraceWriter } from '@greenrack/farm-model';
import type { MeterInfo, TraceFooter } from '@greenrack/farm-protocol';
import type { MeterListener, SampleBlock, SampleGap } from '../contracts/power-meter.js';
import { messageOf } from '../deadline.js';
import { type ClockFit, SampleClock } from './sample-clock.js';

/** What may wait for the disk; more means that it does not keep up. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** Records what a meter measures in a file. */
export class TraceRecorder implements MeterListener {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #writer: TraceWriter;
  readonly #clock: SampleClock;
  readonly #faults: Set<string>;
  #work: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #isFull = false;

  private constructor(file: FileHandle, path: string, meter: MeterInfo, startedAtMs: number) {
    this.#file = file;
    this.#path = path;
    const chunkSamples = chunkSamplesFor(meter.sampleRateHz);
    const header = { version: 1 as const, startedAtMs, chunkSamples, meter };
    this.#writer = new TraceWriter(header, (bytes) => this.#append(bytes));
    this.#clock = new SampleClock(meter.sampleRateHz);
    this.#faults = new Set(meter.faults);
  }

  /** A file that is ready to record in; the measurement that it is for begins later. */
  static async prepare(
    path: string,
  ): Promise<(meter: MeterInfo, startedAtMs: number) => TraceRecorder> {
    const file = await open(path, 'wx');
    return (meter, startedAtMs) => new TraceRecorder(file, path, meter, startedAtMs);
  }

  get position(): number {
    return this.#writer.samples;
  }

  get clock(): ClockFit | undefined {
    return this.#clock.fit();
  }

  samples(block: SampleBlock): void {
    this.#writer.push(block);
    this.#clock.note(this.#writer.samples, performance.now());
  }

  gap(gap: SampleGap): void {
    this.#writer.gap(gap);
  }

  lost(message: string): void {
    this.#faults.add(message);
  }

  /** Resolves when everything is on the disk. @throws Error when the disk did not take it */
  async end(): Promise<TraceFooter> {
    const unaccounted = this.#clock.fit()?.unaccounted ?? 0;
    if (unaccounted !== 0)
      this.#faults.add(
        `by the clock ${Math.abs(unaccounted)} samples are ${unaccounted > 0 ? 'missing' : 'too many'}`,
      );
    const footer = this.#writer.end([...this.#faults].slice(0, 20));
    try {
      await this.#work;
      if (this.#isFull) throw new Error('the disk did not keep up');
      await this.#file.sync();
      return footer;
    } catch (error) {
      throw new Error(`${this.#path}: ${messageOf(error)}`, { cause: error });
    } finally {
      await this.#file.close();
    }
  }

  #append(bytes: Uint8Array): void {
    this.#isFull ||= this.#waitingBytes + bytes.length > MAX_WAITING_BYTES;
    if (this.#isFull) return;
    this.#waitingBytes += bytes.length;
    this.#work = this.#work.then(async () => {
      await this.#file.write(bytes);
      this.#waitingBytes -= bytes.length;
    });
    // Whoever ends the recording hears of it.
    this.#work.catch(() => undefined);
  }
}
