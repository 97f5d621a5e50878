/*
 * Emulated PPK2 in a process of their own, each at 100 kS/s in real time: prints their paths, and at the end of its
 * input what was sent and what found an instrument's buffer full.
 */
import { once } from 'node:events';
import { Ppk2Emulator } from '../src/emulators/ppk2-emulator.js';
import { burst } from '../src/emulators/waveform.js';

const count = Number(process.argv[2]);
const waveform = burst(100_000, 10_000, 700);
const racks = await Promise.all(
  Array.from({ length: count }, () => Ppk2Emulator.start({ waveform, pace: 'realtime' })),
);
process.stdout.write(`${JSON.stringify(racks.map(({ path }) => path))}\n`);
await once(process.stdin.resume(), 'end');
const told = racks.map(({ sentSamples, overrun }) => ({ sentSamples, overrun }));
process.stdout.write(`${JSON.stringify(told)}\n`);
await Promise.all(racks.map(async (each) => await each.close()));
