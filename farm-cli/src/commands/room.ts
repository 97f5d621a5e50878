import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { onSignals } from '../cli-context.js';
import { dashboardDir, roomScript } from '../process/repository.js';
import { spawnTied } from '../process/spawn-tied.js';
import type { CommandWorld } from './options.js';

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

export function addController(program: Command, world: CommandWorld): void {
  program
    .command('controller')
    .summary('run a controller until a signal; its settings are environment variables')
    .action(async () => {
      const script = roomScript('farm-controller');
      world.end(await runScript(world, [script], dashboardEnv()));
    });
}

export function addAgent(program: Command, world: CommandWorld): void {
  program
    .command('agent')
    .summary('run an agent until a signal; its settings are environment variables')
    .action(async () => world.end(await runScript(world, [roomScript('runner-agent')])));
}

export function addBackup(program: Command, world: CommandWorld): void {
  program
    .command('backup')
    .summary('copy a farm into a folder, while it runs; settings as for controller')
    .argument('<folder>', 'empty, or with an earlier backup: then only what is new is copied')
    .option('--without-tokens', 'leave out the hashes of access tokens')
    .action(async (folder: string, { withoutTokens }: { withoutTokens?: boolean }) => {
      const args = [resolve(world.context.cwd, folder), ...(withoutTokens ? [WITHOUT] : [])];
      const script = roomScript('farm-controller', 'backup-main.js');
      world.end(await runScript(world, [script, 'backup', ...args]));
    });
}

export function addRestore(program: Command, world: CommandWorld): void {
  program
    .command('restore')
    .summary(
      'put a backup into an empty place; settings as for the controller that is to run there',
    )
    .argument('<folder>', 'with the backup')
    .action(async (folder: string) => {
      const script = roomScript('farm-controller', 'backup-main.js');
      const from = resolve(world.context.cwd, folder);
      world.end(await runScript(world, [script, 'restore', from]));
    });
}

const WITHOUT = '--without-tokens';

/** The pages that were built in this clone, unless the caller names others. */
function dashboardEnv(): Record<string, string> {
  const dir = dashboardDir();
  return existsSync(dir) ? { GREENRACK_DASHBOARD_DIR: dir } : {};
}

/** Runs a script as a child that shares our output and gets our signals. Ends with its exit code. */
async function runScript(
  { context }: CommandWorld,
  script: readonly string[],
  defaults: Readonly<Record<string, string>> = {},
): Promise<number> {
  const env = { ...defaults, ...context.env };
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const child = spawnTied(script, { env, stdio: [...stdio] });
  const off = onSignals(context, (name) => child.kill(name));
  try {
    const ended = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const [code, signal] = ended;
    return code ?? 128 + ((signal && SIGNAL_NUMBERS[signal]) ?? 0);
  } finally {
    off();
  }
}
