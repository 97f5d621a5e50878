import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { executableSchema, runTool, type ToolEnd } from '../tool/run-tool.js';
import { powerFault } from './power-fault.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

const TOOL_MS = 15_000;
const INSTALL = 'Install it (Debian: apt-get install uhubctl)';

const paramsSchema = z.strictObject({
  ...switchFields,
  executable: executableSchema.default('uhubctl'),
  /** The hub as uhubctl calls it, such as `1-1.4`. */
  hub: z.string().regex(/^\d{1,3}-\d{1,3}(\.\d{1,3}){0,6}$/),
  port: z.number().int().min(1).max(31),
});

/**
 * A port of a USB hub that can cut power, by uhubctl 2. It prints the ports before and after switching:
 * `  Port 2: 0503 power highspeed enable connect [0d28:0204 …]`, without `power` when it is off.
 */
class HubPort implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(signal: AbortSignal): Promise<string> {
    const end = await this.#run([], signal);
    const { hub, port } = this.#params;
    return `hub ${hub} port ${port} is ${lastState(end, port) ? 'on' : 'off'}`;
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    const { hub, port } = this.#params;
    const end = await this.#run(['-a', isOn ? 'on' : 'off'], signal);
    if (lastState(end, port) === isOn) return;
    const what = `port ${port} of hub ${hub} did not switch ${isOn ? 'on' : 'off'}`;
    throw powerFault(what, 'Use a hub that uhubctl lists as supported');
  }

  async #run(action: string[], signal: AbortSignal): Promise<string> {
    const { executable, hub, port } = this.#params;
    const args = ['-l', hub, '-p', String(port), ...action];
    const end = await runTool({ executable, args, timeoutMs: TOOL_MS }, signal);
    if (end.how !== 'exit' || end.code !== 0) throw failure(executable, end);
    return end.output;
  }
}

/** The last that was said of the port: `true` with power; undefined when nothing was said. */
function lastState(output: string, port: number): boolean | undefined {
  const lines = output.split('\n').filter((line) => line.trim().startsWith(`Port ${port}:`));
  return lines.at(-1)?.includes(' power');
}

function failure(executable: string, { how, code, output }: ToolEnd): Error {
  if (how === 'missing') return powerFault(`${executable} is not installed`, INSTALL);
  if (how === 'timeout')
    return powerFault(`${executable} hung for ${TOOL_MS} ms`, 'Replug the hub');
  // What matters comes first; hints on how to call it follow.
  const said = output.trim().split('\n')[0] ?? '';
  const cure = /permission (denied|problems)/i.test(output)
    ? "Install uhubctl's udev rules"
    : 'Compare hub and port with `uhubctl`';
  return powerFault(`${executable} ended with code ${code}: ${said}`, cure);
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new HubPort(checked), checked.offMs);
  },
};
