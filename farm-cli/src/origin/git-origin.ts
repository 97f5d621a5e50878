import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SaidOrigin } from './ci-origin.js';
import { repositoryName } from './repository-name.js';

const run = promisify(execFile);
/** A repository on a slow disk may take its time to say that it is clean. */
const LIMIT_MS = 10_000;

/** What git says of the work tree around `folder`; undefined outside of one, and without git. */
export async function gitOrigin(folder: string): Promise<SaidOrigin | undefined> {
  const head = await git(folder, 'log', '-1', '--format=%H %ct');
  const [sha, seconds] = head?.split(' ') ?? [];
  if (sha === undefined || seconds === undefined) return undefined;
  const [ref, remote, changes] = await Promise.all([
    git(folder, 'symbolic-ref', '-q', 'HEAD'),
    git(folder, 'config', '--get', 'remote.origin.url'),
    git(folder, 'status', '--porcelain', '--untracked-files=no'),
  ]);
  return {
    sha,
    ref,
    repository: remote === undefined ? undefined : repositoryName(remote),
    commitMs: Number(seconds) * 1000,
    ...(changes === undefined ? {} : { dirty: changes !== '' }),
  };
}

/** What a git command prints; undefined when it says no. */
async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' };
    const { stdout } = await run('git', ['-C', folder, ...args], { timeout: LIMIT_MS, env });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
