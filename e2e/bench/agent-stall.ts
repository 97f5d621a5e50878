/*
 * How long the event loop of an agent stands still at most: under each message of a controller at its worst, and while a
 * board prints, without pause, the text of each kind that costs most. Longer than 50 ms, and the boards beside it notice.
 * Baseline of the same run: an agent that has nothing to do for a second, and one that reads harmless text.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CONSOLE_FLOODS } from './console-floods.js';
import { report, say } from './report.js';
import { StallRig } from './stall-rig.js';
import { round } from './stats.js';
import { type LinkInput, WORST_LINK_INPUTS } from './worst-link-inputs.js';

const MIB = 1024 * 1024;
const FLOOD_BYTES = 16 * MIB;
const IMAGE_BYTES = 64 * MIB;
const LINK_INPUTS = Object.keys(WORST_LINK_INPUTS) as LinkInput[];

async function main(): Promise<void> {
  const rig = await StallRig.start();
  const stalls: Record<string, string> = {};
  const measure = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    const stallMs = round(await rig.stallDuring(act));
    stalls[name] = `${stallMs} ms`;
    say(`${name}: ${stallMs} ms`);
  };
  try {
    await measure('nothing', async () => await pause(1000));
    for (const input of LINK_INPUTS) await measure(input, async () => await rig.send(input));
    await measure('image of 64 MiB', async () => await rig.largeImage(IMAGE_BYTES));
    for (const flood of CONSOLE_FLOODS)
      await measure(flood.name, async () => await rig.flood(flood, FLOOD_BYTES));
    report('agent-stall', stalls);
  } finally {
    await rig.stop();
  }
}

await main();
