import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { onSignals } from '../cli-context.js';
import { dashboardDir, type RoomName, roomScript } from '../process/repository.js';
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
    .action(async () => world.end(await runRoom(world, 'farm-controller', dashboardEnv())));
}

export function addAgent(program: Command, world: CommandWorld): void {
  program
    .command('agent')
    .summary('run an agent until a signal; its settings are environment variables')
    .action(async () => world.end(await runRoom(world, 'runner-agent')));
}

/** The pages that were built in this clone, unless the caller names others. */
function dashboardEnv(): Record<string, string> {
  const dir = dashboardDir();
  return existsSync(dir) ? { GREENRACK_DASHBOARD_DIR: dir } : {};
}

/** Runs a room as a child that shares our output and gets our signals. Ends with its exit code. */
async function runRoom(
  { context }: CommandWorld,
  room: RoomName,
  defaults: Readonly<Record<string, string>> = {},
): Promise<number> {
  const env = { ...defaults, ...context.env };
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const child = spawnTied([roomScript(room)], { env, stdio: [...stdio] });
  const off = onSignals(context, (name) => child.kill(name));
  try {
    const ended = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const [code, signal] = ended;
    return code ?? 128 + ((signal && SIGNAL_NUMBERS[signal]) ?? 0);
  } finally {
    off();
  }
}
