import { type FileHandle, open, unlink } from 'node:fs/promises';
import {
  type ByteSource,
  measureSpan,
  powerMetrics,
  type SampleSpan,
  TraceReader,
} from '@greenrack/farm-model';
import type { EventBody, StreamSeal } from '@greenrack/farm-protocol';
import type { PowerMeter } from '../contracts/power-meter.js';
import { clip, messageOf } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { TraceRecorder, type TraceSeal } from '../power/trace-recorder.js';

/** Measures of more cases than these are left to whoever reads the trace. */
const MAX_CASES = 100;
const MAX_NOTE = 500;

interface Stretch {
  readonly name: string;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface PowerRecordingTools {
  readonly journal: AttemptJournal;
  /** Name of the trace among the attempt's streams. */
  readonly stream: string;
  /** µs since the attempt began. */
  nowUs(): number;
  emit(body: EventBody): void;
}

/**
 * Records a board's power while it runs, and measures the run and its cases. Trouble with the meter is noted and changes
 * no verdict: what was not measured is no metric.
 */
export class PowerRecording {
  readonly #tools: PowerRecordingTools;
  readonly #cases: Stretch[] = [];
  #begun: { name: string; atUs: number } | undefined;
  #meter: PowerMeter | undefined;
  #recorder: TraceRecorder | undefined;

  constructor(tools: PowerRecordingTools) {
    this.#tools = tools;
  }

  /** Begins to measure. Rejects only when the attempt is told to stop, or the disk refuses the file. */
  async begin(meter: PowerMeter, signal: AbortSignal): Promise<void> {
    const { journal, stream, nowUs } = this.#tools;
    const recorder = await TraceRecorder.create({
      path: journal.streamPath(stream),
      nowMs: () => nowUs() / 1000,
      onWritten: (bytes) => journal.streamGrew(stream, bytes),
      onError: (error) => journal.troubled(error),
    });
    this.#recorder = recorder;
    this.#meter = meter;
    try {
      await meter.start((info) => recorder.begin(info, Date.now()), signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#note(`not measured: ${messageOf(error)}`);
    }
  }

  /** Hears of everything that the run reports: cases are measured by their begin and end. */
  see(body: EventBody, atUs: number): void {
    if (body.type === 'caseBegin') this.#begun = { name: body.name, atUs };
    if (body.type !== 'caseEnd' || this.#begun?.name !== body.name) return;
    this.#cases.push({ name: body.name, fromUs: this.#begun.atUs, toUs: atUs });
  }

  /** Ends the measurement. Without effect when there is none. @throws RunFault */
  async stop(): Promise<void> {
    const meter = this.#meter;
    this.#meter = undefined;
    this.#recorder?.stopping();
    try {
      await meter?.stop();
    } catch (error) {
      this.#recorder?.lost(messageOf(error));
      throw error;
    }
  }

  /** Measures what was recorded, and answers the proof of it. */
  async end(): Promise<StreamSeal | undefined> {
    const recorder = this.#recorder;
    if (!recorder) return undefined;
    const { journal, stream } = this.#tools;
    const path = journal.streamPath(stream);
    const seal = await recorder.end();
    if (!seal) {
      await unlink(path);
      return undefined;
    }
    try {
      await this.#measure(path, recorder, seal);
    } catch (error) {
      this.#note(`not evaluated: ${messageOf(error)}`);
    }
    const { bytes, sha256 } = seal;
    return { name: stream, kind: 'trace', bytes, sha256 };
  }

  async #measure(path: string, recorder: TraceRecorder, seal: TraceSeal): Promise<void> {
    const file = await open(path, 'r');
    try {
      const trace = await TraceReader.open(sourceOf(file, seal.bytes));
      await this.#evaluate(trace, { from: 0, to: trace.samples });
      for (const { name, fromUs, toUs } of this.#cases.slice(0, MAX_CASES)) {
        const place = (us: number) => Math.min(trace.samples, recorder.indexAt(us / 1000));
        await this.#evaluate(trace, { from: place(fromUs), to: place(toUs) }, name);
      }
    } finally {
      await file.close();
    }
  }

  async #evaluate(trace: TraceReader, span: SampleSpan, caseName?: string): Promise<void> {
    const found = await measureSpan(trace, span);
    if (found.isValid)
      for (const metric of powerMetrics(found.measure, caseName))
        this.#tools.emit({ type: 'metric', metric });
    else this.#note(`${caseName ?? 'the run'} is not evaluated: ${found.why}`);
  }

  #note(text: string): void {
    this.#tools.emit({ type: 'note', text: clip(`power: ${text}`, MAX_NOTE) });
  }
}

function sourceOf(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(at, length) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, at);
      if (bytesRead !== length) throw new Error(`the trace ends at byte ${at + bytesRead}`);
      return buffer;
    },
  };
}
