/*
 * What one test costs beyond the emulator itself: a whole farm (controller, agent, database, Redis) with one virtual
 * board, against the bare emulator with a minimal reader, in turns within one run, and the stock runner beside it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { imagePath, TestFarm } from '../src/index.js';
import { runBare, startOnPty } from './bare-qemu.js';
import { periodsOf } from './farm-runs.js';
import { report, say } from './report.js';
import { less, round, summarise } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const BLOCKS = 4;
const RUNS_PER_BLOCK = 50;
const STOCK_RUNS = 10;

async function farmBlock(farm: TestFarm, runs: number): Promise<number[]> {
  const planned = { image: 'smallest.elf', target: TARGET, repeat: runs };
  return await periodsOf(farm, [planned], [imagePath(TARGET, 'smallest')]);
}

async function stockRun(elf: string): Promise<number> {
  const began = performance.now();
  const board = await startOnPty(elf);
  const args = ['-p', `${board.path}:115200`, '-m', TARGET, '--skip-flashing', '--skip-reset'];
  const runner = spawn('mbedhtrun', args, { stdio: 'ignore' });
  const [code] = (await once(runner, 'exit', { signal: AbortSignal.timeout(60_000) })) as [
    number | null,
  ];
  await board.end();
  if (code !== 0) throw new Error(`mbedhtrun ended with ${code}`);
  return performance.now() - began;
}

async function stockBlock(elf: string): Promise<number[] | undefined> {
  if (spawnSync('mbedhtrun', ['--version'], { stdio: 'ignore' }).error) {
    say('mbedhtrun is not installed (apt: python3-mbed-host-tests): the stock runner is left out');
    return undefined;
  }
  const times: number[] = [];
  for (let i = 0; i < STOCK_RUNS; i++) times.push(await stockRun(elf));
  return times;
}

async function main(): Promise<void> {
  const elf = imagePath(TARGET, 'smallest');
  const farm = await TestFarm.start({ racks: [{ agent: 'bench', boards: { 'fvp-mps2-m3': 1 } }] });
  const bare: number[] = [];
  const farmed: number[] = [];
  let stock: number[] | undefined;
  try {
    await farmBlock(farm, 5); // warm: image cache, JIT
    for (let block = 0; block < BLOCKS; block++) {
      say(
        `block ${block + 1} of ${BLOCKS}: ${RUNS_PER_BLOCK} runs bare, ${RUNS_PER_BLOCK} through the farm`,
      );
      for (let i = 0; i < RUNS_PER_BLOCK; i++) bare.push(await runBare(elf));
      farmed.push(...(await farmBlock(farm, RUNS_PER_BLOCK + 1)));
    }
    stock = await stockBlock(elf);
  } finally {
    await farm.stop();
  }
  const bareMs = summarise(bare);
  const overheadMs = summarise(less(farmed, bareMs.median));
  const stockOverheadMs = stock && summarise(less(stock, bareMs.median));
  report('overhead', {
    image: 'smallest.elf',
    target: TARGET,
    runs: farmed.length,
    bareMs,
    farmMs: summarise(farmed),
    overheadMs,
    stockOverheadMs: stockOverheadMs ?? null,
    stockRatio: stockOverheadMs ? round(stockOverheadMs.median / overheadMs.median) : null,
    goal: 'overhead median <= 20 ms, p99 <= 40 ms; stock runner >= 50 times as much',
  });
}

await main();
