import { valueTable } from '@greenrack/farm-model';
import { type MeterInfo, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker } from '../../contracts/board-part.js';
import type { BeginMeasurement, MeterPart } from '../../contracts/power-meter.js';
import type { PowerSwitch } from '../../contracts/power-switch.js';
import { unlessAborted } from '../../deadline.js';
import { LPM01A_CODING, Lpm01aDecoder } from '../../power/lpm01a-decoder.js';
import { meterFault } from './meter-fault.js';
import { MeterPort } from './meter-port.js';

/*
 * ST X-NUCLEO-LPM01A (UM2269): lines of text over USB, and after `start` a stream of samples until `stop`.
 *
 *   ──▶ volt 3300m\n        ◀── PowerShield > ack volt 3300m        or  PowerShield > err …
 */
const BAUD_RATE = 3_686_400;
const ANSWER_MS = 2000;
const SILENCE_MS = 2000;
const CURE = 'Check its cable, that no other program has it, and that its switches say USB';
const ACKNOWLEDGED = /PowerShield > (?:ack|err)[^\n]*\n/;
const RATES = ['100k', '50k', '20k', '10k', '5k', '2k', '1k'] as const;

const paramsSchema = z.strictObject({
  path: z.string().max(512).startsWith('/'),
  supplyMv: z.number().int().min(1800).max(3300),
  sampleRate: z.enum(RATES).default('100k'),
});

/** Feeds the board and measures what it takes. It has no lines. */
export class Lpm01aMeter implements MeterPart, PowerSwitch {
  readonly #params: z.infer<typeof paramsSchema>;
  #port: MeterPort | undefined;
  #decoder: Lpm01aDecoder | undefined;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(signal: AbortSignal): Promise<string> {
    if (this.#decoder) return `LPM01A ${this.#params.path} is measuring`;
    const told = await unlessAborted(signal, this.#ask('version'));
    return `LPM01A ${this.#params.path}, ${told}`;
  }

  async on(signal: AbortSignal): Promise<void> {
    await unlessAborted(signal, this.#setUp());
    await unlessAborted(signal, this.#ask('pwr on nostatus'));
  }

  async off(): Promise<void> {
    await this.#ask('pwr off nostatus');
  }

  async start(begin: BeginMeasurement, signal: AbortSignal): Promise<void> {
    const { path, sampleRate } = this.#params;
    const firmware = await unlessAborted(signal, this.#ask('version'));
    await unlessAborted(signal, this.#setUp());
    for (const line of [`freq ${sampleRate}`, 'format bin_hexa', 'acqtime 0', 'trigsrc sw'])
      await unlessAborted(signal, this.#ask(line));
    const meter = this.#info(firmware);
    const sink = begin(meter);
    const lost = (cause: unknown): void => {
      this.#end();
      sink.lost(meterFault(`LPM01A ${path}`, CURE, cause).message);
    };
    const table = valueTable(LPM01A_CODING) ?? new Float32Array();
    const news = { ended: (text: string) => lost(text || 'it stopped by itself') };
    const decoder = new Lpm01aDecoder(table, meter.sampleRateHz, { sink, news });
    await unlessAborted(signal, this.#ask('start'));
    this.#decoder = decoder;
    this.#port?.listen((bytes) => decoder.push(bytes), lost);
    this.#port?.expectBytesWithin(SILENCE_MS);
  }

  async stop(): Promise<void> {
    const decoder = this.#decoder;
    if (!decoder) return;
    const meanwhile = (bytes: Uint8Array) => decoder.push(bytes);
    await this.#ask('stop', { answer: /Acquisition completed/, meanwhile }).finally(() =>
      this.#end(),
    );
  }

  async dispose(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    await port?.close();
  }

  #end(): void {
    this.#port?.ignore();
    this.#decoder?.end();
    this.#decoder = undefined;
  }

  #info(firmware: string): MeterInfo {
    const { supplyMv, sampleRate } = this.#params;
    const sampleRateHz = 1000 * Number.parseInt(sampleRate, 10);
    return {
      instrument: 'lpm01a',
      firmware: firmware.slice(0, 80),
      coding: LPM01A_CODING,
      sampleRateHz,
      digitalLines: 0,
      floorUa: 0.1,
      fullScaleUa: 50_000,
      bandwidthHz: sampleRateHz / 2,
      supply: { mv: supplyMv, basis: 'set' },
      faults: [],
    };
  }

  async #setUp(): Promise<void> {
    await this.#ask('htc');
    await this.#ask(`volt ${this.#params.supplyMv}m`);
  }

  /** Resolves with what it acknowledges. @throws RunFault */
  async #ask(
    line: string,
    {
      answer = ACKNOWLEDGED,
      ...more
    }: { answer?: RegExp; meanwhile?: (bytes: Uint8Array) => void } = {},
  ): Promise<string> {
    const { path } = this.#params;
    try {
      if (!this.#port?.isOpen) this.#port = await MeterPort.open(path, BAUD_RATE);
      const bytes = Buffer.from(`${line}\n`);
      const heard = await this.#port.ask(bytes, answer, { ms: ANSWER_MS, ...more });
      const said = answer.exec(heard)?.[0].trim() ?? '';
      if (/> err/.test(said)) throw new Error(`to '${line}' it says: ${said.slice(0, 200)}`);
      return said.replace(/^PowerShield > ack\s*/, '');
    } catch (error) {
      throw meterFault(`LPM01A ${path}`, CURE, error);
    }
  }
}

export const maker: PartMaker<MeterPart> = {
  create(params, { where }) {
    return new Lpm01aMeter(parseOrThrow(paramsSchema, params, 'board_fault', where));
  },
};
