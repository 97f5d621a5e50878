import { connect } from 'node:net';
import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { unlessAborted } from '../../deadline.js';
import { inTurn } from '../tool/in-turn.js';
import { powerFault } from './power-fault.js';
import { ScpiLink } from './scpi-link.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

/*
 * Laboratory supplies speak SCPI (IEEE 488.2) over TCP, mostly on port 5025: lines of text, an answer to each `?`.
 *
 *   ──▶ INST:NSEL 1       which output, on supplies with several
 *   ──▶ OUTP ON           or OFF
 *   ──▶ OUTP?             ◀── 1 or ON
 *   ──▶ SYST:ERR?         ◀── 0,"No error"
 */
const CURE = 'Check that the supply is on, its network, and that nobody else is connected';

const paramsSchema = z.strictObject({
  ...switchFields,
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/),
  tcpPort: z.number().int().min(1).max(65_535).default(5025),
  /** For supplies with several outputs. */
  channel: z.number().int().min(1).max(16).optional(),
});

class ScpiOutput implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(signal: AbortSignal): Promise<string> {
    return await this.#session(signal, async (link) => {
      const name = await link.ask('*IDN?');
      return `${name.slice(0, 100)}, output ${(await this.#isOn(link)) ? 'on' : 'off'}`;
    });
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    await this.#session(signal, async (link) => {
      await this.#select(link);
      link.tell(`OUTP ${isOn ? 'ON' : 'OFF'}`);
      const trouble = await link.ask('SYST:ERR?');
      if (!/^\+?0\b/.test(trouble)) throw new Error(`it says ${trouble.slice(0, 200)}`);
      if ((await this.#isOn(link)) !== isOn) throw new Error('its output did not switch');
    });
  }

  async #select(link: ScpiLink): Promise<void> {
    if (this.#params.channel !== undefined) link.tell(`INST:NSEL ${this.#params.channel}`);
  }

  async #isOn(link: ScpiLink): Promise<boolean> {
    await this.#select(link);
    return /^(1|ON)\b/i.test(await link.ask('OUTP?'));
  }

  /** Supplies take one connection at a time: it is opened for each switching, in turn. */
  async #session<T>(signal: AbortSignal, work: (link: ScpiLink) => Promise<T>): Promise<T> {
    const { host, tcpPort } = this.#params;
    const place = `${host}:${tcpPort}`;
    try {
      return await inTurn(place, async () => {
        const link = new ScpiLink(connect({ host, port: tcpPort, signal }));
        return await unlessAborted(signal, work(link)).finally(() => link.close());
      });
    } catch (error) {
      signal.throwIfAborted();
      throw powerFault(`supply ${place}`, CURE, error);
    }
  }
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new ScpiOutput(checked), checked.offMs);
  },
};
