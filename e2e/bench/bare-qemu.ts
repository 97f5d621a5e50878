import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

/** One run under the bare emulator may take this long. */
const RUN_MS = 20_000;
const MACHINE_ARGS = ['-M', 'mps2-an385', '-nodefaults', '-nic', 'none', '-display', 'none'];

function startQemu(elf: string, serial: string): ChildProcessWithoutNullStreams {
  return spawn('qemu-system-arm', [...MACHINE_ARGS, '-kernel', elf, '-serial', serial]);
}

async function endQemu(qemu: ChildProcessWithoutNullStreams): Promise<void> {
  const gone = once(qemu, 'exit', { signal: AbortSignal.timeout(RUN_MS) });
  qemu.kill('SIGKILL');
  await gone;
}

/**
 * The least that a greentea test can cost on this machine: the emulator with its console on a pipe, and a reader that
 * sends the handshake at once and looks for `__exit`. Answers wall milliseconds from spawn to the emulator's end.
 */
export async function runBare(elf: string): Promise<number> {
  const began = performance.now();
  const qemu = startQemu(elf, 'stdio');
  qemu.stdin.write(`${'mbed'.repeat(10)}{{__sync;${randomUUID()}}}\n`);
  await saw(qemu, '{{__exit;');
  await endQemu(qemu);
  return performance.now() - began;
}

/** The emulator's console on a pty, as the stock runner needs it: the device's path, and the way to end it. */
export async function startOnPty(elf: string): Promise<{ path: string; end: () => Promise<void> }> {
  const qemu = startQemu(elf, 'pty');
  const text = await saw(qemu, '(label serial0)');
  const path = /\/dev\/pts\/\d+/.exec(text)?.[0];
  if (path === undefined) throw new Error(`no pty in what the emulator said: ${text}`);
  return { path, end: async () => await endQemu(qemu) };
}

/** Resolves with what was printed so far once `mark` is in it. */
async function saw(qemu: ChildProcessWithoutNullStreams, mark: string): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no ${mark} within ${RUN_MS} ms: ${text}`)),
      RUN_MS,
    );
    const look = (data: Buffer) => {
      text += data.toString('latin1');
      if (!text.includes(mark)) return;
      clearTimeout(timer);
      resolve(text);
    };
    qemu.once('error', reject);
    qemu.stdout.on('data', look);
    qemu.stderr.on('data', look);
  });
}
