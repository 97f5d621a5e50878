import type { ModelSpan } from './power-model.js';
import { PtyPair } from './pty-pair.js';

/** Constants of a real instrument, but linear and without offsets. */
const OHM = [1000, 100, 10, 1, 0.05];
const UP_TO_UA = [50, 500, 5000, 50_000, Number.POSITIVE_INFINITY];
const UA_PER_CODE_OHM = (1e6 * 4 * 1.8) / 163_840;
const FULL_SCALE = 0x3fff;
export const SAMPLE_RATE_HZ = 100_000;
const TICK_MS = 5;
/** What happens is shown so much later: by then we have heard of it. */
const LATENCY_MS = 5;
/** What may wait for its reader: 40 s, since a busy machine keeps both waiting. More is lost, as in a real one. */
const FIFO_BYTES = 16 * 1024 * 1024;
const ARGUMENTS: Readonly<Record<number, number>> = { 12: 1, 13: 2, 17: 1, 37: 5 };
const METADATA = `Calibrated: 1\n${[
  ...OHM.map((ohm, r) => `R${r}: ${ohm}`),
  ...OHM.map((_, r) => `GS${r}: 0\nGI${r}: 1\nO${r}: 0\nS${r}: 0\nI${r}: 0\nUG${r}: 1`),
].join('\n')}\nVDD: 3000\nHW: 0\nEND\n`;

/** What a virtual instrument sees. */
export interface VirtualProbe {
  /** From now on. */
  begin(): void;
  /** Its next samples, as many as wanted. */
  next(samples: number): readonly ModelSpan[];
}

/** A PPK2 that is not there, on a real terminal: see `power-meter/ppk2-meter.ts` for its bytes. */
export class VirtualPpk2 {
  readonly #pty: PtyPair;
  readonly #probe: VirtualProbe;
  #timer: NodeJS.Timeout | undefined;
  #beganMs = 0;
  #sent = 0;
  #counter = 0;
  /** What rounding to codes has left out: charges are exact. */
  #owedUa = 0;
  #pending = Buffer.alloc(0);

  private constructor(pty: PtyPair, probe: VirtualProbe) {
    this.#pty = pty;
    this.#probe = probe;
    pty.onBytes((bytes) => this.#hear(bytes));
  }

  static async open(probe: VirtualProbe): Promise<VirtualPpk2> {
    return new VirtualPpk2(await PtyPair.open(), probe);
  }

  get path(): string {
    return this.#pty.path;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pty.unplug();
  }

  #hear(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const [command] = this.#pending;
      if (command === undefined) return;
      const length = 1 + (ARGUMENTS[command] ?? 0);
      if (this.#pending.length < length) return;
      this.#pending = this.#pending.subarray(length);
      if (command === 0x06) this.#start();
      if (command === 0x07) this.#stop();
      if (command === 0x19) this.#pty.send(Buffer.from(METADATA));
    }
  }

  #start(): void {
    this.#stop();
    this.#probe.begin();
    this.#beganMs = performance.now();
    this.#sent = 0;
    // Behind what has come in meanwhile.
    const tick = () => setImmediate(() => this.#timer && this.#sendDue(LATENCY_MS));
    this.#timer = setInterval(tick, TICK_MS);
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sendDue(0);
  }

  #sendDue(latencyMs: number): void {
    const elapsedMs = performance.now() - this.#beganMs - latencyMs;
    const due = Math.floor((elapsedMs * SAMPLE_RATE_HZ) / 1000) - this.#sent;
    if (due <= 0) return;
    this.#sent += due;
    const words = new Uint32Array(due);
    let at = 0;
    for (const span of this.#probe.next(due)) at = this.#fill(words, at, span);
    if (this.#pty.pendingBytes + words.byteLength <= FIFO_BYTES)
      this.#pty.send(new Uint8Array(words.buffer));
  }

  #fill(words: Uint32Array, from: number, { samples, currentUa, lines }: ModelSpan): number {
    const range = UP_TO_UA.findIndex((limit) => currentUa <= limit);
    const perCode = UA_PER_CODE_OHM / (OHM[range] ?? 1);
    const head = (lines << 24) | (range << 14);
    const end = Math.min(words.length, from + samples);
    for (let i = from; i < end; i++) {
      const wanted = currentUa + this.#owedUa;
      const adc = Math.min(FULL_SCALE - 1, Math.max(0, Math.round(wanted / perCode)));
      this.#owedUa = wanted - adc * perCode;
      words[i] = head | (this.#counter << 18) | adc;
      this.#counter = (this.#counter + 1) & 63;
    }
    return end;
  }
}
