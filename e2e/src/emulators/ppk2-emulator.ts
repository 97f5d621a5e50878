import { PtyPair } from './pty-pair.js';
import type { Waveform } from './waveform.js';

/** Written apart from the driver: this is what the instrument does, as its public descriptions have it. */
const OHM = [1000.625, 101.4608, 10.2309, 0.9629, 0.0559];
const UP_TO_UA = [50, 500, 5000, 50_000, Number.POSITIVE_INFINITY];
const VOLT_PER_CODE = (4 * 1.8) / 163_840;
const FULL_SCALE = 0x3fff;
const SAMPLE_RATE_HZ = 100_000;
const TICK_MS = 5;
const FIFO_BYTES = 256 * 1024;
const BURST_WORDS = 4096;

/** Something that goes wrong at sample `at`. */
export interface Ppk2Fault {
  readonly at: number;
  readonly kind:
    | 'dropWords'
    | 'dropBytes'
    | 'garbage'
    | 'counterJump'
    | 'badCounter'
    | 'invalidRange'
    | 'rangeFlap'
    | 'clip'
    | 'disconnect'
    | 'silence';
  /** Words, bytes or samples; 1 without it. */
  readonly count?: number;
}

export interface Ppk2Options {
  readonly waveform: Waveform;
  /** `realtime`: 100 000 samples a second, again from the start when the waveform ends. Else as fast as they are taken, once. */
  readonly pace?: 'realtime' | 'once';
  readonly faults?: readonly Ppk2Fault[];
  /** Bytes that are written together. */
  readonly writeBytes?: number;
  /** What may wait in the instrument for the host; what comes when it is full is lost. */
  readonly fifoBytes?: number;
  /** Words of an earlier stream that come before the first answer. */
  readonly staleWords?: number;
  /** How often the answer to 0x19 breaks off in the middle. */
  readonly truncatedAnswers?: number;
  readonly metadata?: string;
  /** Answers nothing: the debug shell, which newer firmware has as a second port. */
  readonly isShell?: boolean;
}

/** A Nordic PPK2 on a pty. */
export class Ppk2Emulator {
  readonly #pty: PtyPair;
  readonly #options: Ppk2Options;
  readonly #words: Uint32Array;
  /** Every command, in hexadecimal. */
  readonly commands: string[] = [];
  isFeeding = false;
  supplyMv = 0;
  mode: 'ampere' | 'source' | undefined;
  /** Words that found the fifo full. */
  overrun = 0;
  #isStreaming = false;
  #sent = 0;
  #counter = 0;
  #stale: number;
  #truncated: number;
  #timer: NodeJS.Timeout | undefined;
  /** Undefined while it does not stream in real time. */
  #beganMs: number | undefined;
  #pending = Buffer.alloc(0);

  private constructor(pty: PtyPair, options: Ppk2Options) {
    this.#pty = pty;
    this.#options = options;
    this.#words = encode(options.waveform);
    this.#stale = options.staleWords ?? 0;
    this.#truncated = options.truncatedAnswers ?? 0;
    if (!options.isShell) pty.onBytes((bytes) => this.#hear(bytes));
  }

  static async start(options: Ppk2Options): Promise<Ppk2Emulator> {
    return new Ppk2Emulator(await PtyPair.open(), options);
  }

  get path(): string {
    return this.#pty.path;
  }

  get sentSamples(): number {
    return this.#sent;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#pty.unplug();
  }

  #hear(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const [command = -1] = this.#pending;
      const length = 1 + (ARGUMENTS[command] ?? 0);
      if (this.#pending.length < length || command < 0) return;
      this.#obey(this.#pending.subarray(0, length));
      this.#pending = this.#pending.subarray(length);
    }
  }

  #obey(command: Buffer): void {
    this.commands.push(command.toString('hex'));
    const [code, argument] = command;
    if (this.#stale > 0) this.#pty.send(this.#take(this.#stale));
    this.#stale = 0;
    if (code === 0x06) this.#begin();
    if (code === 0x07) this.#stop();
    if (code === 0x0c) this.isFeeding = argument === 1;
    if (code === 0x0d) this.supplyMv = command.readUInt16BE(1);
    if (code === 0x11) this.mode = argument === 1 ? 'ampere' : 'source';
    if (code === 0x19) this.#tell();
  }

  #tell(): void {
    const text = this.#options.metadata ?? METADATA;
    const isCut = this.#truncated > 0;
    if (isCut) this.#truncated--;
    this.#pty.send(Buffer.from(isCut ? text.slice(0, text.length / 2) : text));
  }

  #begin(): void {
    this.#sent = 0;
    this.#isStreaming = true;
    if (this.#options.pace === 'realtime') this.#streamInRealTime();
    else void this.#streamOnce();
  }

  #stop(): void {
    this.#sendDue();
    this.#isStreaming = false;
    this.#beganMs = undefined;
    clearInterval(this.#timer);
  }

  #streamInRealTime(): void {
    this.#beganMs = performance.now();
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  /** What was sampled by now, also when this process was kept from its timer. */
  #sendDue(): void {
    if (this.#beganMs === undefined) return;
    const due = Math.floor(((performance.now() - this.#beganMs) * SAMPLE_RATE_HZ) / 1000);
    const bytes = this.#take(due - this.#sent);
    const { fifoBytes = FIFO_BYTES } = this.#options;
    if (this.#pty.pendingBytes + bytes.length > fifoBytes) this.overrun += bytes.length / 4;
    else this.#pty.send(bytes);
  }

  async #streamOnce(): Promise<void> {
    while (this.#isStreaming && this.#sent < this.#words.length) {
      const bytes = this.#take(Math.min(BURST_WORDS, this.#words.length - this.#sent));
      const size = this.#options.writeBytes ?? bytes.length;
      for (let at = 0; at < bytes.length; at += size) this.#pty.send(bytes.subarray(at, at + size));
      await this.#pty.drained();
    }
  }

  /** The next words, with what goes wrong among them. */
  #take(count: number): Buffer {
    const from = this.#sent;
    const words = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const word = this.#words[(from + i) % this.#words.length] ?? 0;
      words[i] = word | (this.#counter << 18);
      this.#counter = (this.#counter + 1) & 63;
    }
    this.#sent += count;
    const bytes = Buffer.from(words.buffer);
    const faults = (this.#options.faults ?? []).filter(({ at }) => at >= from && at < from + count);
    // From the end, so that places before it stay.
    const lastFirst = faults.toSorted((a, b) => b.at - a.at);
    return lastFirst.reduce<Buffer>(
      (all, fault) => this.#spoil(all, fault, fault.at - from),
      bytes,
    );
  }

  #spoil(bytes: Buffer, { kind, count = 1 }: Ppk2Fault, at: number): Buffer {
    const cut = (length: number) =>
      Buffer.concat([bytes.subarray(0, 4 * at), bytes.subarray(4 * at + length)]);
    const change = (with_: (word: number, i: number) => number): Buffer => {
      for (let i = at; i < at + count && 4 * i < bytes.length; i++)
        bytes.writeUInt32LE(with_(bytes.readUInt32LE(4 * i), i) >>> 0, 4 * i);
      return bytes;
    };
    switch (kind) {
      case 'dropWords':
        return cut(4 * count);
      case 'dropBytes':
        return cut(count);
      case 'garbage': {
        const noise = Buffer.from(Array.from({ length: count }, (_, i) => (i * 73 + 41) & 255));
        return Buffer.concat([bytes.subarray(0, 4 * at), noise, bytes.subarray(4 * at)]);
      }
      case 'counterJump':
        this.#counter = (this.#counter + count) & 63;
        for (let i = 4 * at; i < bytes.length; i += 4)
          bytes[i + 2] = ((bytes[i + 2] ?? 0) + 4 * count) & 255;
        return bytes;
      case 'badCounter':
        return change((word) => word ^ (0x2a << 18));
      case 'invalidRange':
        return change((word) => word | (7 << 14));
      case 'rangeFlap':
        return change((word, i) => (i % 2 ? recode(word) : word));
      case 'clip':
        return change((word) => word | FULL_SCALE);
      case 'disconnect':
        this.#stop();
        setImmediate(() => void this.#pty.unplug());
        return bytes.subarray(0, 4 * at);
      case 'silence':
        this.#stop();
        return bytes.subarray(0, 4 * at);
    }
  }
}

/** How many bytes follow a command. */
const ARGUMENTS: Readonly<Record<number, number>> = { 12: 1, 13: 2, 17: 1, 37: 5 };

/** A linear instrument: what remains of rounding goes on to the next sample, so that charges are exact. */
const METADATA = `${[
  'Calibrated: 0',
  ...OHM.map((ohm, r) => `R${r}: ${ohm.toFixed(20)}`),
  ...OHM.map((_, r) => `GS${r}: 0.00000000000000000000`),
  ...OHM.map((_, r) => `GI${r}: 1.00000000000000000000`),
  ...OHM.map((_, r) => `O${r}: 0.0000`),
  'VDD: 3000',
  'HW: 49625',
  'mode: 2',
  ...OHM.map((_, r) => `S${r}: 0.0000`),
  ...OHM.map((_, r) => `I${r}: 0.0000`),
  ...OHM.map((_, r) => `UG${r}: 1.0000`),
  'IA: 59.0',
].join('\n')}\nEND\n`;

function encode({ samples, at }: Waveform): Uint32Array {
  const words = new Uint32Array(samples);
  let owedUa = 0;
  for (let i = 0; i < samples; i++) {
    const { currentUa, lines = 0 } = at(i);
    const wanted = currentUa + owedUa;
    const range = UP_TO_UA.findIndex((limit) => currentUa <= limit);
    const perCode = (1e6 * VOLT_PER_CODE) / (OHM[range] ?? 1);
    const adc = Math.min(FULL_SCALE, Math.max(0, Math.round(wanted / perCode)));
    owedUa = wanted - adc * perCode;
    words[i] = (lines << 24) | (range << 14) | adc;
  }
  return words;
}

/** The same current in the next range, as it reads while the instrument cannot decide. */
function recode(word: number): number {
  const range = (word >>> 14) & 7;
  const other = Math.min(4, range + 1);
  const adc = Math.round(((word & FULL_SCALE) * (OHM[other] ?? 1)) / (OHM[range] ?? 1));
  return (word & ~0x1ffff) | (other << 14) | adc;
}
