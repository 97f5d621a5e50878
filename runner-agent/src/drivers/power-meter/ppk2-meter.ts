import { valueTable } from '@greenrack/farm-model';
import { type MeterInfo, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker } from '../../contracts/board-part.js';
import type { BeginMeasurement, MeterPart } from '../../contracts/power-meter.js';
import type { PowerSwitch } from '../../contracts/power-switch.js';
import { unlessAborted } from '../../deadline.js';
import { Ppk2Decoder } from '../../power/ppk2-decoder.js';
import {
  METADATA_END,
  type Ppk2Metadata,
  parsePpk2Metadata,
  ppk2Coding,
} from '../../power/ppk2-metadata.js';
import { meterFault } from './meter-fault.js';
import { MeterPort } from './meter-port.js';

/*
 * Nordic Power Profiler Kit II: one byte a command, with its arguments behind it; only 0x19 is answered.
 *
 *   ──▶ 06 start    07 stop    0C 00|01 output    0D mV (u16, big-endian) regulator    11 01|02 ampere | source meter
 *   ──▶ 19          ◀── lines `Key: value`, then END: behind everything that was under way before
 */
const [START, STOP, OUTPUT, REGULATOR, MODE, METADATA] = [0x06, 0x07, 0x0c, 0x0d, 0x11, 0x19];
const MODES = { ampere: 1, source: 2 } as const;
const TRIES = 3;
const ANSWER_MS = 2000;
const SILENCE_MS = 2000;
const CURE =
  'Check its cable, and that no other program has it; firmware 1.2 has two ports, the instrument is the lower one';

const paramsSchema = z.strictObject({
  /** Names in /dev/serial/by-id stay the same; of the two ports of newer firmware the one that ends in if01. */
  path: z.string().max(512).startsWith('/'),
  /** `source`: it feeds the board. `ampere`: it measures between a supply and the board. */
  mode: z.enum(['source', 'ampere']).default('source'),
  supplyMv: z.number().int().min(800).max(5000),
});

/** Its port stays open until it is disposed of: half a second after a close the board has no supply. */
export class Ppk2Meter implements MeterPart, PowerSwitch {
  readonly #params: z.infer<typeof paramsSchema>;
  #port: MeterPort | undefined;
  #decoder: Ppk2Decoder | undefined;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(signal: AbortSignal): Promise<string> {
    if (this.#decoder) return `PPK2 ${this.#params.path} is measuring`;
    const { values } = await unlessAborted(signal, this.#metadata());
    return `PPK2 ${this.#params.path}, hardware ${values.get('HW') ?? 'unknown'}`;
  }

  async on(signal: AbortSignal): Promise<void> {
    await unlessAborted(signal, this.#tell([OUTPUT, 1]));
  }

  async off(): Promise<void> {
    await this.#tell([OUTPUT, 0]);
  }

  async start(begin: BeginMeasurement, signal: AbortSignal): Promise<void> {
    const metadata = await unlessAborted(signal, this.#metadata());
    const meter = this.#info(metadata);
    const listener = begin(meter);
    const decoder = new Ppk2Decoder(valueTable(meter.coding) ?? new Float32Array(), listener);
    this.#decoder = decoder;
    this.#port?.listen(
      (bytes) => decoder.push(bytes),
      (error) => {
        this.#end();
        this.#port?.ignore();
        listener.lost(meterFault(`PPK2 ${this.#params.path}`, CURE, error).message);
      },
    );
    await this.#tell([START]);
    this.#port?.expectBytesWithin(SILENCE_MS);
  }

  async stop(): Promise<void> {
    const decoder = this.#decoder;
    if (!decoder) return;
    const meanwhile = (bytes: Uint8Array) => decoder.push(bytes);
    try {
      // The answer comes behind the last sample, and no sample looks like it.
      const ask = Uint8Array.of(STOP, METADATA);
      await this.#port?.ask(ask, METADATA_END, { ms: ANSWER_MS, meanwhile });
    } catch (error) {
      throw meterFault(`PPK2 ${this.#params.path} does not stop`, CURE, error);
    } finally {
      this.#port?.ignore();
      this.#end();
    }
  }

  async dispose(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    await port?.close();
  }

  #info(metadata: Ppk2Metadata): MeterInfo {
    const { mode, supplyMv } = this.#params;
    return {
      instrument: 'ppk2',
      serial: `HW ${metadata.values.get('HW') ?? 'unknown'}`,
      coding: ppk2Coding(metadata, supplyMv),
      sampleRateHz: 100_000,
      digitalLines: 8,
      floorUa: 0.2,
      fullScaleUa: 1_000_000,
      bandwidthHz: 50_000,
      supply: { mv: supplyMv, basis: mode === 'source' ? 'set' : 'given' },
      faults: faultsOf(metadata),
    };
  }

  #end(): void {
    this.#decoder?.end();
    this.#decoder = undefined;
  }

  /** What was under way from before has gone by when the answer is here; what it ran into is asked again. */
  async #metadata(): Promise<Ppk2Metadata> {
    let best: Ppk2Metadata | undefined;
    let fault: unknown;
    for (let tries = 0; tries < TRIES && best?.missing.length !== 0; tries++)
      try {
        const port = await this.#open();
        const answer = await port.ask(Uint8Array.of(STOP, METADATA), METADATA_END, {
          ms: ANSWER_MS,
        });
        const found = parsePpk2Metadata(answer);
        if (!best || found.missing.length < best.missing.length) best = found;
      } catch (error) {
        fault = error;
        if (!this.#port?.isOpen) break;
      }
    if (best) return best;
    throw meterFault(`PPK2 ${this.#params.path} does not tell its constants`, CURE, fault);
  }

  async #tell(bytes: readonly number[]): Promise<void> {
    try {
      const port = await this.#open();
      await port.write(Uint8Array.from(bytes));
    } catch (error) {
      throw meterFault(`PPK2 ${this.#params.path}`, CURE, error);
    }
  }

  /** Opened and set up once; a port that was lost is opened again. */
  async #open(): Promise<MeterPort> {
    if (this.#port?.isOpen) return this.#port;
    const { path, mode, supplyMv } = this.#params;
    const port = await MeterPort.open(path, 115_200);
    this.#port = port;
    await port.write(
      Uint8Array.of(STOP, MODE, MODES[mode], REGULATOR, supplyMv >> 8, supplyMv & 255),
    );
    return port;
  }
}

function faultsOf({ missing }: Ppk2Metadata): string[] {
  if (missing.length === 0) return [];
  return [`calibration constants are missing: ${missing.join(', ').slice(0, 200)}`];
}

export const maker: PartMaker<MeterPart> = {
  create(params, { where }) {
    return new Ppk2Meter(parseOrThrow(paramsSchema, params, 'board_fault', where));
  },
};
