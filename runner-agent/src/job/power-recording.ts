import { createHash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import {
  type ByteSource,
  judgeLimits,
  type LimitOutcome,
  TraceReader,
} from '@greenrack/farm-model';
import type { EventBody, MeterInfo, PowerPlan, StreamSeal } from '@greenrack/farm-protocol';
import type { PowerMeter } from '../contracts/power-meter.js';
import { clip, messageOf } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { TraceRecorder, type TraceSeal } from '../power/trace-recorder.js';
import { consoleLines } from './console-lines-of.js';
import { type CaseStretch, evaluatePower } from './power-evaluation.js';

const MAX_NOTE = 500;
const MAX_ENVIRONMENT = 200;
const NO_METER =
  'nothing measured the board: see the notes of the run, and the meter in its inventory';

export interface PowerRecordingTools {
  readonly journal: AttemptJournal;
  /** Names of the trace and of the board's console among the attempt's streams. */
  readonly stream: string;
  readonly consoleStream: string;
  readonly plan: PowerPlan | undefined;
  /** µs since the attempt began. */
  nowUs(): number;
  emit(body: EventBody): void;
}

/**
 * Records a board's power while it runs, and measures the run, its cases and its phases. Trouble with the meter is noted:
 * what was not measured is no metric. Only bounds that the run asks for can change its verdict.
 */
export class PowerRecording {
  readonly #tools: PowerRecordingTools;
  readonly #cases: CaseStretch[] = [];
  #outcomes: readonly LimitOutcome[] | undefined;
  #begun: { name: string; atUs: number } | undefined;
  #meter: PowerMeter | undefined;
  #recorder: TraceRecorder | undefined;
  #environment: string | undefined;

  constructor(tools: PowerRecordingTools) {
    this.#tools = tools;
  }

  /** What measures the board, with everything that its figures depend on. Undefined when nothing does. */
  get environment(): string | undefined {
    return this.#environment;
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
      const begun = (info: MeterInfo) => {
        this.#environment = inWords(info);
        return recorder.begin(info, Date.now());
      };
      await meter.start(begun, signal);
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

  /** What became of the bounds that the run asks for, once it has ended. */
  get outcomes(): readonly LimitOutcome[] {
    if (this.#outcomes) return this.#outcomes;
    const phases = this.#tools.plan?.phases ?? [];
    return phases.flatMap(({ name, below = {} }) =>
      judgeLimits(below, { name, measured: [], missing: NO_METER, floorUa: 0 }),
    );
  }

  async #measure(path: string, recorder: TraceRecorder, seal: TraceSeal): Promise<void> {
    const { journal, consoleStream, plan, emit } = this.#tools;
    const file = await open(path, 'r');
    try {
      const trace = await TraceReader.open(sourceOf(file, seal.bytes));
      const phases = plan?.phases ?? [];
      const texts = phases.flatMap(({ from, to }) => [from?.console, to?.console]);
      const wanted = texts.filter((text) => text !== undefined);
      const lines = await consoleLines(journal.streamPath(consoleStream), wanted);
      const place = (us: number) => Math.min(trace.samples, recorder.indexAt(us / 1000));
      const run = { trace, lines, cases: this.#cases, phases, place };
      this.#outcomes = await evaluatePower(run, { emit, note: (text) => this.#note(text) });
    } finally {
      await file.close();
    }
  }

  #note(text: string): void {
    this.#tools.emit({ type: 'note', text: clip(`power: ${text}`, MAX_NOTE) });
  }
}

function inWords({ instrument, serial, firmware, coding, supply }: MeterInfo): string {
  const calibration = createHash('sha256').update(JSON.stringify(coding)).digest('hex').slice(0, 8);
  const voltage = supply ? `${supply.mv} mV ${supply.basis}` : 'unknown supply';
  const parts = [instrument, serial, firmware, `calibration ${calibration}`, voltage];
  return clip(parts.filter((part) => part !== undefined).join(', '), MAX_ENVIRONMENT);
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
