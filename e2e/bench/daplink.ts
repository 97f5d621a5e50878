/*
 * What one test costs on a board with a DAPLink probe beyond the board itself: a whole farm with one emulated board, and
 * beside it the least that such a test takes (bare-daplink.ts), in turns within one run. Of each run the time is taken
 * off in which it waited for the emulator: transfer, programming and remount; the reset tool; the firmware. The
 * emulator measures that itself; what the agent does while the firmware starts is not seen. The stock runner stands
 * beside it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BusySpan, busyMs } from '../src/emulators/busy-span.js';
import { DaplinkBoardEmulator } from '../src/emulators/daplink-board-emulator.js';
import { imagePath, TestFarm } from '../src/index.js';
import { runBareDaplink } from './bare-daplink.js';
import { spansOf } from './farm-runs.js';
import { report, say } from './report.js';
import { round, summarise } from './stats.js';
import { stockDaplinkRuns } from './stock-daplink.js';

const TARGET = 'FVP_MPS2_M3';
const BLOCKS = 2;
const RUNS_PER_BLOCK = 50;
const STOCK_RUNS = 3;
/**
 * Sleeps of the stock tools in the whole flow, in ms (Mbed OS tools, c467d6f): 4000 after the copy, five times 500 in the
 * flash check, 1000 after the reset. Run as it is here, the stock runner does the first only.
 */
const STOCK_SLEEPS_MS = 7500;

interface Times {
  readonly bare: BusySpan[];
  readonly farmed: BusySpan[];
}

/** Two images that differ in a byte behind their end: run in turns, each run has to flash. */
function twoImages(dir: string): [string, string] {
  const bytes = readFileSync(imagePath(TARGET, 'smallest', 'bin'));
  const paths = [join(dir, 'first.bin'), join(dir, 'second.bin')] as const;
  paths.forEach((path, i) => {
    writeFileSync(path, Buffer.concat([bytes, Buffer.from([i])]));
  });
  return [...paths];
}

async function block(
  times: Times,
  { farm, board, images }: { farm: TestFarm; board: DaplinkBoardEmulator; images: string[] },
): Promise<void> {
  const isSame = images.length === 1;
  const contents = images.map((path) => readFileSync(path));
  for (let i = 0; i < RUNS_PER_BLOCK; i++)
    times.bare.push(
      await runBareDaplink(board, isSame ? undefined : contents[i % contents.length]),
    );
  const runs = Array.from({ length: RUNS_PER_BLOCK + 1 }, (_, i) => ({
    name: `run ${i}`,
    image: isSame || i % 2 === 0 ? 'first.bin' : 'second.bin',
    target: TARGET,
  }));
  times.farmed.push(...(await spansOf(farm, runs, images)));
}

function figures({ bare, farmed }: Times, board: DaplinkBoardEmulator) {
  const { busySpans } = board;
  const whole = (runs: readonly BusySpan[]) =>
    summarise(runs.map(({ fromMs, toMs }) => toMs - fromMs));
  const beyond = (runs: readonly BusySpan[]) =>
    summarise(runs.map((run) => run.toMs - run.fromMs - busyMs(busySpans, run)));
  return { farmMs: whole(farmed), overheadMs: beyond(farmed), bareOverheadMs: beyond(bare) };
}

function medianBusy(runs: readonly BusySpan[], { busySpans }: DaplinkBoardEmulator): number {
  return summarise(runs.map((run) => busyMs(busySpans, run))).median;
}

async function main(): Promise<void> {
  const board = await DaplinkBoardEmulator.start();
  const { serial, wiring } = board.spec();
  const wired = [{ serial, model: 'fvp-mps2-m3', wiring }];
  const farm = await TestFarm.start({ racks: [{ agent: 'bench', boards: {}, wired }] });
  const images = twoImages(farm.dir);
  const flashed: Times = { bare: [], farmed: [] };
  const same: Times = { bare: [], farmed: [] };
  try {
    await block({ bare: [], farmed: [] }, { farm, board, images }); // warm: image cache, JIT
    for (let i = 0; i < BLOCKS; i++) {
      say(`block ${i + 1} of ${BLOCKS}: ${RUNS_PER_BLOCK} runs each: flashed, and the same image`);
      await block(flashed, { farm, board, images });
      await block(same, { farm, board, images: images.slice(0, 1) });
    }
    const stock = await stockDaplinkRuns(board, images, STOCK_RUNS);
    // The firmware waits while the stock runner sleeps: its waits are those of the farm's runs.
    const waitMs = medianBusy(flashed.farmed, board);
    const stockOverheadMs = stock && summarise(stock.map((run) => run.toMs - run.fromMs - waitMs));
    const [withFlash, without] = [figures(flashed, board), figures(same, board)];
    report('daplink', {
      image: `smallest.bin, ${board.drive.flashed?.length} bytes`,
      runs: flashed.farmed.length,
      flashed: withFlash,
      sameImage: without,
      stockSleepsMs: STOCK_SLEEPS_MS,
      stockOverheadMs: stockOverheadMs ?? null,
      stockRatio: stockOverheadMs
        ? round(stockOverheadMs.median / withFlash.overheadMs.median)
        : null,
      goal: 'overhead median <= 50 ms and p99 <= 150 ms; stock runner >= 50 times as much',
    });
  } finally {
    await farm.stop();
    await board.close();
  }
}

await main();
