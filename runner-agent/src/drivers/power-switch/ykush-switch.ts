import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { inTurn } from '../tool/in-turn.js';
import { runTool } from '../tool/run-tool.js';
import { powerFault } from './power-fault.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

/*
 * Yepkit YKUSH (04d8:f2f7) and YKUSH XS (04d8:f0cd): HID reports of 64 bytes without a report number. hidraw wants a
 * first byte for the number: 0.
 *
 *   host ──▶ 00 │ command │ command │ 0 …      command: 0x10 + port on, 0x00 + port off, 0x20 + port state
 *        ◀──      01      │ 0x10 + port on, 0x00 + port off │ …
 */
const REPORT_BYTES = 64;
const ON = 0x10;
const STATE = 0x20;
const ANSWER_MS = 2000;
const CURE = 'Plug the hub in; add a udev rule that lets the agent open its hidraw device';

const paramsSchema = z.strictObject({
  ...switchFields,
  /** The hub's hidraw device, such as `/dev/hidraw2`; a udev rule can give it a name that stays. */
  path: z.string().max(512).startsWith('/'),
  port: z.number().int().min(1).max(3).default(1),
});

class YkushPort implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(signal: AbortSignal): Promise<string> {
    const { path, port } = this.#params;
    const answer = await this.#ask(STATE + port, signal);
    return `port ${port} of ${path} is ${(answer[1] ?? 0) & ON ? 'on' : 'off'}`;
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    const { path, port } = this.#params;
    const command = (isOn ? ON : 0) + port;
    const answer = await this.#ask(command, signal);
    if (answer[1] === command) return;
    const what = `port ${port} of ${path} answered ${answer[1] ?? 'nothing'}, not ${command}`;
    throw powerFault(what, 'Update the firmware of the hub');
  }

  async #ask(command: number, signal: AbortSignal): Promise<number[]> {
    const { path } = this.#params;
    try {
      return await inTurn(path, async () => await exchange(path, command, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw powerFault(`USB hub ${path}`, CURE, error);
    }
  }
}

/**
 * A shell does it: Node could only read in a thread that nothing can stop when no answer comes. The device must be open
 * before the command is written, for the kernel keeps answers only for those who have it open.
 */
const EXCHANGE = 'exec 3<>"$0" && printf "$1" >&3 && head -c 64 <&3 | od -An -v -tx1';

async function exchange(path: string, command: number, signal: AbortSignal): Promise<number[]> {
  const report = [0, command, command, ...Array.from({ length: REPORT_BYTES - 2 }, () => 0)];
  const octal = report.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const call = { executable: 'sh', args: ['-c', EXCHANGE, path, octal], timeoutMs: ANSWER_MS };
  const { how, code, output } = await runTool(call, signal);
  if (how === 'timeout') throw new Error(`no answer within ${ANSWER_MS} ms`);
  if (code !== 0) throw new Error(output.trim());
  return output
    .trim()
    .split(/\s+/)
    .map((hex) => Number.parseInt(hex, 16));
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new YkushPort(checked), checked.offMs);
  },
};
