import { PtyPair } from './pty-pair.js';
import type { Waveform } from './waveform.js';

const STAMP_SAMPLES = 1000;

/** Something that goes wrong in the block of 1000 samples with number `block`. */
export interface Lpm01aFault {
  readonly block: number;
  readonly kind: 'dropBytes' | 'dropBlock' | 'overcurrent' | 'silence';
  readonly count?: number;
}

export interface Lpm01aOptions {
  readonly waveform: Waveform;
  readonly faults?: readonly Lpm01aFault[];
  /** Answers every command with an error. */
  readonly refuses?: boolean;
}

/** An ST X-NUCLEO-LPM01A on a pty: its text commands, and the binary stream of currents, as UM2269 has them. */
export class Lpm01aEmulator {
  readonly #pty: PtyPair;
  readonly #options: Lpm01aOptions;
  readonly commands: string[] = [];
  isFeeding = false;
  #rateHz = 100_000;
  #isStreaming = false;
  #pending = '';

  private constructor(pty: PtyPair, options: Lpm01aOptions) {
    this.#pty = pty;
    this.#options = options;
    pty.onBytes((bytes) => this.#hear(bytes.toString('latin1')));
  }

  static async start(options: Lpm01aOptions): Promise<Lpm01aEmulator> {
    return new Lpm01aEmulator(await PtyPair.open(), options);
  }

  get path(): string {
    return this.#pty.path;
  }

  async close(): Promise<void> {
    this.#isStreaming = false;
    await this.#pty.unplug();
  }

  #hear(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#obey(line.trim());
  }

  #obey(line: string): void {
    this.commands.push(line);
    const [command = '', argument = ''] = line.split(' ');
    if (command === 'pwr') this.isFeeding = argument === 'on';
    if (command === 'freq') this.#rateHz = Number.parseInt(argument, 10) * 1000;
    if (command === 'stop') this.#isStreaming = false;
    this.#say(this.#answer(line));
    if (command === 'start' && !this.#options.refuses) void this.#stream();
  }

  #answer(line: string): string {
    if (this.#options.refuses) return `err ${line}`;
    if (line === 'stop') return 'Acquisition completed';
    return line === 'version' ? 'ack version: 1.0.6' : `ack ${line}`;
  }

  #say(text: string): void {
    this.#pty.send(Buffer.from(`PowerShield > ${text}\r\n`));
  }

  async #stream(): Promise<void> {
    this.#isStreaming = true;
    const { waveform, faults = [] } = this.#options;
    const codes = encode(waveform);
    for (let block = 0; this.#isStreaming && block < waveform.samples / STAMP_SAMPLES; block++) {
      const fault = faults.find((each) => each.block === block);
      const at = 2 * block * STAMP_SAMPLES;
      const samples = codes.subarray(at, at + 2 * STAMP_SAMPLES);
      const ms = Math.floor(((block + 1) * STAMP_SAMPLES * 1000) / this.#rateHz);
      if (fault?.kind === 'overcurrent')
        this.#pty.send(Buffer.from('\xf0\xf1overcurrent\r\n\xff\xff', 'latin1'));
      if (fault?.kind === 'overcurrent' || fault?.kind === 'silence') return;
      if (fault?.kind === 'dropBlock') continue;
      const kept = fault?.kind === 'dropBytes' ? samples.subarray(fault.count ?? 1) : samples;
      this.#pty.send(Buffer.concat([kept, stamp(ms)]));
      await this.#pty.drained();
    }
  }
}

function stamp(ms: number): Buffer {
  const bytes = Buffer.from([0xf0, 0xf3, 0, 0, 0, 0, 17, 0xff, 0xff]);
  bytes.writeUInt32BE(ms, 2);
  return bytes;
}

/** Twelve bits of mantissa; what remains of rounding goes on to the next sample, so that charges are exact. */
function encode({ samples, at }: Waveform): Buffer {
  const bytes = Buffer.alloc(2 * samples);
  let owed = 0;
  for (let i = 0; i < samples; i++) {
    const wanted = Math.max(0, at(i).currentUa + owed) / 1e6;
    let exponent = 0;
    while (exponent < 14 && wanted * 16 ** (exponent + 1) < 4095) exponent++;
    const mantissa = Math.min(4095, Math.round(wanted * 16 ** exponent));
    owed = 1e6 * (wanted - mantissa * 16 ** -exponent);
    bytes.writeUInt16BE((exponent << 12) | mantissa, 2 * i);
  }
  return bytes;
}
