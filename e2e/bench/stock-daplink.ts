import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type BusySpan, wallMs } from '../src/emulators/busy-span.js';
import type { DaplinkBoardEmulator } from '../src/emulators/daplink-board-emulator.js';
import { say } from './report.js';

const RUN_MS = 120_000;

/**
 * The stock runner on the same board: it copies, sleeps, and greets. It resets by a break, which a pty has not, so the
 * board resets itself when it was programmed, as probes with `Auto Reset: 1` do. Its flash check needs boards that
 * mbedls lists and is left out, and so is its pause after the reset. Answers when each run was under way, or undefined where it is not installed.
 */
export async function stockDaplinkRuns(
  board: DaplinkBoardEmulator,
  images: readonly string[],
  runs: number,
): Promise<BusySpan[] | undefined> {
  if (spawnSync('mbedhtrun', ['--version'], { stdio: 'ignore' }).error) {
    say('mbedhtrun is not installed (apt: python3-mbed-host-tests): the stock runner is left out');
    return undefined;
  }
  say(`${runs} runs of the stock runner`);
  board.autoReset = true;
  const times: BusySpan[] = [];
  for (let i = 0; i < runs; i++) times.push(await stockRun(board, images[i % images.length] ?? ''));
  board.autoReset = false;
  return times;
}

async function stockRun(board: DaplinkBoardEmulator, image: string): Promise<BusySpan> {
  const fromMs = wallMs();
  const where = ['-d', board.drive.mountPoint, '-p', `${board.consolePath}:115200`];
  const how = ['-f', image, '-c', 'shell', '-m', 'FVP_MPS2_M3', '--skip-reset'];
  const runner = spawn('mbedhtrun', [...where, ...how], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text: string): void => {
    said = (said + text).slice(-4000);
  };
  runner.stdout.setEncoding('utf8').on('data', hear);
  runner.stderr.setEncoding('utf8').on('data', hear);
  const [code] = (await once(runner, 'close', { signal: AbortSignal.timeout(RUN_MS) })) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`mbedhtrun ended with ${code}: ${said}`);
  return { fromMs, toMs: wallMs() };
}
