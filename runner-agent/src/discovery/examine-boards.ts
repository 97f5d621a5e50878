import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardReport, BoardSpec } from '@greenrack/farm-protocol';
import type { Board, BoardDriver, ChannelFinding } from '../contracts/board-driver.js';
import { messageOf } from '../deadline.js';

/** Longest look at one board: a power cycle, a drive that is mounted, a tool that starts. */
const BOARD_MS = 60_000;

export interface Examination {
  readonly workDir: string;
  loadDriver(name: string): Promise<BoardDriver | undefined>;
  /** Looks at what stands behind a board's fixtures on this machine. */
  examineFixtures(fixtures: readonly string[], signal: AbortSignal): Promise<ChannelFinding[]>;
  /** Reset the board and cut its power, which ends what runs on it. */
  readonly isExercised: boolean;
}

/** Tries every channel of each board, one board after the other. Never rejects. */
export async function examineBoards(
  specs: readonly BoardSpec[],
  how: Examination,
): Promise<BoardReport[]> {
  const reports: BoardReport[] = [];
  for (const spec of specs) {
    const { serial, target } = spec;
    reports.push({ serial, target, channels: await examine(spec, how) });
  }
  return reports;
}

async function examine(spec: BoardSpec, how: Examination): Promise<ChannelFinding[]> {
  const workDir = join(how.workDir, encodeURIComponent(spec.serial));
  const found: ChannelFinding[] = [];
  await tell(found, 'wiring', async () => {
    const driver = await how.loadDriver(spec.wiring.driver);
    if (!driver) throw new Error(`no driver '${spec.wiring.driver}'. Correct the model.`);
    const board = await driver.create(spec, workDir);
    try {
      await tryChannels(board, found, how);
    } finally {
      await board.dispose();
    }
    return `driver ${driver.name}`;
  });
  await rm(workDir, { recursive: true, force: true });
  found.push(...(await how.examineFixtures(spec.fixtures, AbortSignal.timeout(BOARD_MS))));
  return found;
}

async function tryChannels(
  board: Board,
  found: ChannelFinding[],
  { isExercised }: Examination,
): Promise<void> {
  const signal = AbortSignal.timeout(BOARD_MS);
  if (!board.channels) {
    found.push({ channel: 'board', ...(await board.probe(signal)) });
    return;
  }
  if (isExercised) await exercise(board, found, signal);
  else await look(board, found, signal);
  await board.console.close();
  if (isExercised) await board.power.off();
}

async function look(board: Board, found: ChannelFinding[], signal: AbortSignal): Promise<void> {
  found.push(...((await board.channels?.(signal)) ?? []));
  // What cannot even be looked at need not be opened, and what is rightly away would be waited for.
  const console = found.find(({ channel }) => channel === 'console');
  if (console?.usable && !console.isAbsent)
    await tell(found, 'console opened', async () => await opened(board, signal));
}

/** The supply first: without it nothing else can be looked at. */
async function exercise(board: Board, found: ChannelFinding[], signal: AbortSignal): Promise<void> {
  await tell(found, 'powered', async () => {
    await board.power.on(signal);
    return 'the supply is on';
  });
  await tell(found, 'console opened', async () => await opened(board, signal));
  found.push(...((await board.channels?.(signal)) ?? []));
  await tell(found, 'reset pulled', async () => {
    await board.resetLine.reset(signal);
    return 'the board took it';
  });
}

async function opened(board: Board, signal: AbortSignal): Promise<string> {
  await board.console.open({ data: () => undefined, lost: () => undefined }, signal);
  return 'it can be opened';
}

async function tell(
  found: ChannelFinding[],
  channel: string,
  look: () => Promise<string>,
): Promise<void> {
  try {
    found.push({ channel, usable: true, detail: await look() });
  } catch (error) {
    found.push({ channel, usable: false, detail: messageOf(error) });
  }
}
