import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { inTurn } from '../tool/in-turn.js';
import { executableSchema, runTool } from '../tool/run-tool.js';
import { powerFault } from './power-fault.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

/*
 * HID relay boards (DCT-Tech and clones, 16c0:05df) take feature reports, which need an ioctl that Node has not. usbrelay
 * (Debian package of that name) does it: `usbrelay HURTM_1=1` switches, and without an argument it prints all relays.
 *
 *   HURTM_1=1
 *   HURTM_2=0
 */
const TOOL_MS = 10_000;
const INSTALL = 'Install it (Debian: apt-get install usbrelay) with its udev rule';

const paramsSchema = z.strictObject({
  ...switchFields,
  executable: executableSchema.default('usbrelay'),
  /** The five characters that the relay board carries as its serial number. */
  relayBoard: z.string().regex(/^[A-Za-z0-9]{1,8}$/),
  channel: z.number().int().min(1).max(16).default(1),
  /** The board is fed through the contact that is closed while the relay is off. */
  normallyClosed: z.boolean().default(false),
});

class HidRelay implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  get #name(): string {
    return `${this.#params.relayBoard}_${this.#params.channel}`;
  }

  async check(signal: AbortSignal): Promise<string> {
    const state = await this.#state(signal);
    return `relay ${this.#name} is ${state === 1 ? 'closed' : 'open'}`;
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    const wanted = isOn === this.#params.normallyClosed ? 0 : 1;
    await this.#run([`${this.#name}=${wanted}`], signal);
    if ((await this.#state(signal)) !== wanted)
      throw powerFault(`relay ${this.#name} did not switch`, 'Check the relay board and its cable');
  }

  async #state(signal: AbortSignal): Promise<number> {
    const output = await this.#run([], signal);
    const line = output.split('\n').find((each) => each.startsWith(`${this.#name}=`));
    if (line === undefined)
      throw powerFault(`no relay ${this.#name}`, 'Plug it in; compare its name with `usbrelay`');
    return Number(line.split('=')[1]);
  }

  async #run(args: string[], signal: AbortSignal): Promise<string> {
    const { executable } = this.#params;
    const call = { executable, args, timeoutMs: TOOL_MS };
    const end = await inTurn('usbrelay', async () => await runTool(call, signal));
    if (end.how === 'missing') throw powerFault(`${executable} is not installed`, INSTALL);
    if (end.how === 'exit' && end.code === 0) return end.output;
    const said = end.output.trim().split('\n').at(-1) ?? '';
    throw powerFault(`${executable} ${end.how} ${end.code ?? ''}: ${said}`, 'Replug the relay');
  }
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new HidRelay(checked), checked.offMs);
  },
};
