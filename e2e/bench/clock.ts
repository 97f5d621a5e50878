/*
 * What it takes that a busy machine is not the firmware's fault: each image on two virtual boards with a clock of their own
 * and with the host's, on a machine with time to spare and on one whose processors are wanted by others. Images are given by
 * path; by default those of ours that measure time or print much.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { CLOCKS, type Clock, type RunView } from '@greenrack/farm-protocol';
import { imagePath, TestFarm } from '../src/index.js';
import { report, say, wantsJson } from './report.js';
import { summarise } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const OURS = ['steady_loop', 'pass', 'big_output', 'ht_wait_us_auto', 'ht_timing_drift_auto'];
const REPEAT = 5;
const FINISH_MS = 1_200_000;
/** Programs that compete with the two emulators, for each processor. */
const RIVALS_PER_PROCESSOR = 2;

/** Keeps the processors busy until it is ended. */
function startRivals(): ChildProcess[] {
  const count = availableParallelism() * RIVALS_PER_PROCESSOR;
  return Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for (;;);']));
}

async function end(rivals: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    rivals.map(async (rival) => {
      const gone = once(rival, 'exit');
      rival.kill('SIGKILL');
      await gone;
    }),
  );
}

async function runAll(farm: TestFarm, images: readonly string[], clock: Clock) {
  const runs = images.map((path) => ({
    ...{ image: basename(path), target: TARGET, clock },
    ...{ repeat: REPEAT, maxAttempts: 1, timeoutMs: 60_000 },
  }));
  const { submission } = await farm.client.submit({ version: 1, name: 'clock', runs }, images);
  await farm.client.finished(submission.id, FINISH_MS);
  return await farm.client.runs(submission.id);
}

function figures(runs: readonly RunView[]) {
  const tookMs = runs.map((run) => (run.finishedMs ?? Number.NaN) - (run.startedMs ?? Number.NaN));
  const verdicts: Record<string, number> = {};
  for (const { verdict } of runs)
    verdicts[verdict ?? 'none'] = (verdicts[verdict ?? 'none'] ?? 0) + 1;
  return { ...verdicts, medianMs: summarise(tookMs).median };
}

async function main(): Promise<void> {
  const given = process.argv.slice(2).filter((word) => word !== '--json');
  const images = given.length > 0 ? given : OURS.map((name) => imagePath(TARGET, name));
  const farm = await TestFarm.start({ racks: [{ agent: 'bench', boards: { 'fvp-mps2-m3': 2 } }] });
  const table: Record<string, unknown> = {};
  try {
    for (const machine of ['calm', 'busy'])
      for (const clock of CLOCKS) {
        say(`${images.length} images, ${REPEAT} times each, ${clock} clock, ${machine} machine`);
        const rivals = machine === 'busy' ? startRivals() : [];
        const runs = await runAll(farm, images, clock).finally(async () => await end(rivals));
        for (const path of images) {
          const own = runs.filter((run) => run.imageName === basename(path));
          table[`${basename(path, '.elf')}, ${clock}, ${machine}`] = figures(own);
        }
      }
  } finally {
    await farm.stop();
  }
  report('clock', { target: TARGET, repeat: REPEAT, ...(wantsJson ? { table } : table) });
}

await main();
