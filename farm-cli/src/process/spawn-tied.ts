import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { errorCode } from '../error-text.js';

/**
 * Starts Node.js with `args` in a process group of its own, tied to us: when we die, even by SIGKILL, the kernel sends
 * it SIGTERM (prctl PR_SET_PDEATHSIG, through util-linux's `setpriv`). Its own group keeps Ctrl-C of the terminal from
 * it, so that we decide who ends when.
 */
export function spawnTied(args: readonly string[], options: SpawnOptions): ChildProcess {
  const setpriv = findSetpriv();
  const detached = { ...options, detached: true };
  // Without setpriv (not Linux) only an orderly end of ours ends the child.
  if (setpriv === undefined) return spawn(process.execPath, args, detached);
  return spawn(setpriv, ['--pdeathsig', 'TERM', '--', process.execPath, ...args], detached);
}

function findSetpriv(): string | undefined {
  const dirs = (process.env.PATH ?? '').split(delimiter);
  return dirs.map((dir) => join(dir, 'setpriv')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Sends a signal to the whole group of a child; one that is gone already is fine. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
