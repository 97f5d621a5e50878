import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type CliContext, noteLine, onSignals, printLine } from '../cli-context.js';
import { EXIT, UsageError } from '../exit-code.js';
import { Interrupted } from '../interrupted.js';
import { repositoryDir } from '../process/repository.js';
import { signalGroup, spawnTied } from '../process/spawn-tied.js';

/** The GitHub of the whole-farm tests, which is no part of this room: a process of its own. */
const SCRIPT = join('e2e', 'test', 'support', 'github', 'show-pull-request.ts');

export interface ShowOptions {
  readonly port: number;
  readonly exit?: boolean;
}

/** Plays one pull request against a GitHub that is no GitHub, and shows its checks. Answers the exit code. */
export async function showGithub(
  context: CliContext,
  { port, exit }: ShowOptions,
): Promise<number> {
  const root = repositoryDir();
  if (!existsSync(join(root, SCRIPT)))
    throw new UsageError(`${join(root, SCRIPT)} is missing: this needs the whole clone`);
  const args = ['--import', 'tsx', SCRIPT, '--port', String(port), ...(exit ? ['--exit'] : [])];
  const env = { ...context.env, TSX_DISABLE_CACHE: '1' };
  const child = spawnTied(args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let interrupted: Interrupted | undefined;
  const off = onSignals(context, (name) => {
    // The second signal is from someone who does not want to wait for an orderly end.
    signalGroup(child, interrupted ? 'SIGKILL' : 'SIGTERM');
    interrupted ??= new Interrupted(name);
  });
  const lines = (from: Readable | null, write: (line: string) => void) =>
    from && createInterface({ input: from }).on('line', write);
  lines(child.stdout, (line) => printLine(context, line));
  lines(child.stderr, (line) => noteLine(context, line));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (interrupted) return interrupted.exitCode;
    return code === 0 ? EXIT.pass : EXIT.infrastructure;
  } finally {
    off();
    // Whatever it started and left behind belongs to its group.
    signalGroup(child, 'SIGKILL');
  }
}
