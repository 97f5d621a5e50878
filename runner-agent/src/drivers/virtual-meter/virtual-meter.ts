import { FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker } from '../../contracts/board-part.js';
import type { BeginMeasurement, MeterPart } from '../../contracts/power-meter.js';
import { Ppk2Meter } from '../power-meter/ppk2-meter.js';
import { CoreProbe } from './core-probe.js';
import { powerModelSchema } from './power-model.js';
import { VirtualPpk2 } from './virtual-ppk2.js';

const paramsSchema = z.strictObject({
  supplyMv: z.number().int().min(800).max(5000),
  model: powerModelSchema,
});

/**
 * The meter of a virtual board: a model of its current, on the wire of a PPK2, measured like by a real one. For tests of the
 * farm, and to compare builds with each other; no real board takes that.
 */
class VirtualMeter implements MeterPart {
  readonly #supplyMv: number;
  readonly #probe: CoreProbe;
  #made: Promise<{ device: VirtualPpk2; meter: Ppk2Meter }> | undefined;

  constructor(supplyMv: number, probe: CoreProbe) {
    this.#supplyMv = supplyMv;
    this.#probe = probe;
  }

  check(): Promise<string> {
    return Promise.resolve('a model of this board');
  }

  async start(begin: BeginMeasurement, signal: AbortSignal): Promise<void> {
    this.#made ??= this.#make();
    const { meter } = await this.#made;
    await meter.start((info) => begin({ ...info, instrument: 'virtual', serial: 'model' }), signal);
  }

  async stop(): Promise<void> {
    await (await this.#made)?.meter.stop();
  }

  async dispose(): Promise<void> {
    const made = await this.#made;
    this.#made = undefined;
    await made?.meter.dispose();
    await made?.device.close();
  }

  async #make(): Promise<{ device: VirtualPpk2; meter: Ppk2Meter }> {
    const device = await VirtualPpk2.open(this.#probe);
    const params = { path: device.path, mode: 'source' as const, supplyMv: this.#supplyMv };
    return { device, meter: new Ppk2Meter(params) };
  }
}

export const maker: PartMaker<MeterPart> = {
  create(params, { where, core }) {
    const { model, supplyMv } = parseOrThrow(paramsSchema, params, 'board_fault', where);
    if (!core)
      throw new FarmError('board_fault', `${where}: only a virtual board has such a meter`);
    return new VirtualMeter(supplyMv, new CoreProbe(model, core));
  },
};
