/*
 * Bytes on disk that one test case costs a farm, in the database and in the streams beside it: simulated agents report
 * runs of many cases with the console log that such a run prints. Measured when every stream is where it stays.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { imagePath, passing, SimAgent, TestFarm } from '../src/index.js';
import { report, say } from './report.js';
import { round } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const RUNS = 1000;
const CASES = Array.from({ length: 20 }, (_, i) => `mbed-os: driver ${i}: keeps what it was given`);
const SETTLE_MS = 120_000;
const racks = [{ agent: 'sim-1', boards: { 'fvp-mps2-m3': 20 } }];

/** Bytes of the files under a folder, and what the disk gives them in blocks. */
function usage(dir: string): { bytes: number; onDisk: number } {
  let [bytes, onDisk] = [0, 0];
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // What is being stored moves.
    const facts = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    bytes += facts?.size ?? 0;
    onDisk += (facts?.blocks ?? 0) * 512;
  }
  return { bytes, onDisk };
}

/** The database of a stopped controller; its header says how many of its pages are free. */
function databaseUsage(stateDir: string): { file: number; used: number } {
  const bytes = readFileSync(join(stateDir, 'farm.sqlite'));
  const pageBytes = bytes.readUInt16BE(16);
  return { file: bytes.length, used: bytes.length - bytes.readUInt32BE(36) * pageBytes };
}

/** Resolves when nothing is waiting to be stored. */
async function settled(stateDir: string): Promise<void> {
  const end = Date.now() + SETTLE_MS;
  for (let before = -1; Date.now() < end; await delay(1000)) {
    const { bytes } = usage(stateDir);
    if (bytes === before) return;
    before = bytes;
  }
  throw new Error('the streams did not settle');
}

async function measure(): Promise<Record<string, unknown>> {
  const farm = await TestFarm.start({ racks, simulated: true });
  const stateDir = join(farm.dir, 'controller-0');
  const agent = new SimAgent(farm.client.url, 'sim-1', farm.agentToken('sim-1'), () =>
    passing(CASES),
  );
  try {
    const runs = [{ image: 'smallest.elf', target: TARGET, repeat: RUNS }];
    const spec = { version: 1, name: 'storage', runs };
    const { submission } = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
    await agent.start();
    await farm.client.finished(submission.id, 300_000);
    await settled(stateDir);
    await agent.stop();
    await farm.controller.kill('SIGTERM');
    const database = databaseUsage(stateDir);
    const folders = ['consoles', 'spool', 'streams'].filter((name) =>
      readdirSync(stateDir).includes(name),
    );
    const streams = folders.map((name) => usage(join(stateDir, name)));
    const sum = (of: 'bytes' | 'onDisk') => streams.reduce((n, one) => n + one[of], 0);
    const perCase = (bytes: number) => round(bytes / (RUNS * CASES.length));
    return {
      runs: RUNS,
      casesPerRun: CASES.length,
      databaseBytesPerCase: perCase(database.used),
      databaseFileBytesPerCase: perCase(database.file),
      streamBytesPerCase: perCase(sum('bytes')),
      streamBlocksPerCase: perCase(sum('onDisk')),
      bytesPerCase: perCase(database.used + sum('bytes')),
    };
  } finally {
    await agent.stop();
    await farm.stop();
  }
}

say(`${RUNS} runs of ${CASES.length} cases`);
report('storage', await measure());
