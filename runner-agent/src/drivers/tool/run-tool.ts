import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { z } from 'zod';

/** The beginning and the end of what a tool says tell what happened; progress bars in between may be dropped. */
const MAX_OUTPUT_CHARS = 64 * 1024;

/** A program: a bare name looked up in PATH, or an absolute path. */
export const executableSchema = z
  .string()
  .max(256)
  .regex(/^(\/[^\0]+|[A-Za-z0-9._+][A-Za-z0-9._+-]*)$/, 'expected a program name or absolute path');

export interface ToolCall {
  readonly executable: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

/** How a tool ended. */
export interface ToolEnd {
  /** `exit`: by itself with `code`. `missing`: there is no such program. */
  readonly how: 'exit' | 'killed' | 'timeout' | 'missing';
  readonly code: number | undefined;
  /** What it wrote to stdout and stderr, in order of arrival, at most 64 Ki characters. */
  readonly output: string;
}

/** Whether the program is there and may be run. */
export function isInstalled(executable: string): boolean {
  const dirs = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  const places = isAbsolute(executable) ? [executable] : dirs.map((dir) => join(dir, executable));
  return places.some(isExecutable);
}

/**
 * Runs a tool to its end, without a shell. It is killed when its time is over, when `signal` is aborted, and when we
 * die. @throws the reason of `signal`
 */
export async function runTool(call: ToolCall, signal: AbortSignal): Promise<ToolEnd> {
  signal.throwIfAborted();
  const { executable, args, timeoutMs } = call;
  if (!isInstalled(executable)) return { how: 'missing', code: undefined, output: '' };
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', executable, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the tool started is killed with it.
    detached: true,
  });
  let output = '';
  const hear = (text: string): void => {
    output = keepEnds(output + text);
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = (): void => killGroup(child.pid);
  const either = AbortSignal.any([signal, timeout]);
  either.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (timeout.aborted && code === null) return { how: 'timeout', code: undefined, output };
    return { how: code === null ? 'killed' : 'exit', code: code ?? undefined, output };
  } finally {
    either.removeEventListener('abort', stop);
  }
}

function keepEnds(text: string): string {
  if (text.length <= MAX_OUTPUT_CHARS) return text;
  const half = MAX_OUTPUT_CHARS / 2;
  return `${text.slice(0, half)}${text.slice(-half)}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not here: another folder of PATH may have it.
    return false;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}
