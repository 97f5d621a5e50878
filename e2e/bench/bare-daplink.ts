import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SerialConsole } from '@greenrack/runner-agent';
import { type BusySpan, wallMs } from '../src/emulators/busy-span.js';
import type { DaplinkBoardEmulator } from '../src/emulators/daplink-board-emulator.js';

/** One run may take this long. */
const RUN_MS = 30_000;

/**
 * The least that a test on this board takes: copy the image if there is one, wait for the remount, open the port, reset,
 * greet, read until `__exit`. Answers when it was under way.
 */
export async function runBareDaplink(
  board: DaplinkBoardEmulator,
  image: Uint8Array | undefined,
): Promise<BusySpan> {
  const fromMs = wallMs();
  if (image) await flash(board.drive.mountPoint, image);
  const port = new SerialConsole({ path: board.consolePath, baudRate: 115_200 });
  try {
    await greeted(board, port);
  } finally {
    await port.close();
  }
  return { fromMs, toMs: wallMs() };
}

/** Resets the target, greets it, and resolves when it has said `__exit`. */
async function greeted(board: DaplinkBoardEmulator, port: SerialConsole): Promise<void> {
  const signal = AbortSignal.timeout(RUN_MS);
  let text = '';
  const ended = new Promise<void>((resolve, reject) => {
    const data = (bytes: Uint8Array): void => {
      text += Buffer.from(bytes).toString('latin1');
      if (text.includes('{{__exit;')) resolve();
    };
    signal.addEventListener('abort', () => reject(new Error(`no __exit: ${text}`)));
    const lost = ({ message }: { message: string }): void => reject(new Error(message));
    port
      .open({ data, lost }, signal)
      .then(async () => await greet(board, port))
      .catch(reject);
  });
  await ended;
}

async function greet(board: DaplinkBoardEmulator, port: SerialConsole): Promise<void> {
  const tool = spawn(board.pyocd.path, ['reset'], { stdio: 'ignore' });
  const [code] = (await once(tool, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the reset tool ended with ${code}`);
  await port.write(Buffer.from(`${'mbed'.repeat(10)}{{__sync;${randomUUID()}}}\n`));
}

/** Copies, and resolves when the drive shows another remount count. */
async function flash(mountPoint: string, image: Uint8Array): Promise<void> {
  const before = remountCount(mountPoint);
  const watcher = watch(dirname(mountPoint));
  const remounted = new Promise<void>((resolve) =>
    watcher.on('change', () => {
      const now = remountCount(mountPoint);
      if (now !== undefined && now !== before) resolve();
    }),
  );
  const file = await open(join(mountPoint, 'image.bin'), 'w');
  await file.write(image);
  await file.sync();
  await file.close();
  await remounted;
  watcher.close();
}

function remountCount(mountPoint: string): string | undefined {
  try {
    return /Remount count: (\d+)/.exec(readFileSync(join(mountPoint, 'DETAILS.TXT'), 'utf8'))?.[1];
  } catch {
    // Not mounted at the moment.
    return undefined;
  }
}
