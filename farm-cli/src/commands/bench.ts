import { hostname } from 'node:os';
import { type BoardReport, doctorSchema } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table } from '../output/table.js';
import { roomScript } from '../process/repository.js';
import { runScript } from '../process/run-script.js';
import { addDoctorGithub } from './doctor-github.js';
import type { CommandWorld } from './options.js';

interface BenchOptions {
  readonly inventory?: string;
  readonly agent?: string;
  readonly json?: boolean;
}
interface ScanOptions extends BenchOptions {
  readonly root: string;
}
interface DoctorOptions extends BenchOptions {
  readonly exercise?: boolean;
}

/** Adds `scan` to the command `boards`: what is plugged into this machine. */
export function addScan(boards: Command, { context, end }: CommandWorld): void {
  withBench(boards.command('scan'))
    .summary('find the boards that are plugged into this machine and propose a rack file')
    .option('--root <dir>', 'where sys, dev and proc are', '/')
    .option('--json', 'print what was found, as JSON')
    .action(async (_: ScanOptions, command: Command) => {
      // `--json` is an option of `boards` too, which takes it first.
      const options = command.optsWithGlobals<ScanOptions>();
      const { env } = context;
      const script = roomScript('runner-agent', 'bench-main.js');
      const found = await runScript({ script, args: ['scan', options.root], env });
      if (options.json) printLine(context, found.trimEnd());
      else printLine(context, await askInventory('propose', options, { env, input: found }));
      end(EXIT.pass);
    });
}

/** Adds `doctor`: what works of the boards of this machine. */
export function addDoctor(program: Command, world: CommandWorld): void {
  const { context, end } = world;
  const doctor = withBench(program.command('doctor'))
    .summary('try each channel of each board of this machine and say what to fix')
    .option('--exercise', 'reset the boards and cut their power; ends what runs on them')
    .option('--json', 'print JSON')
    .action(async (options: DoctorOptions) => {
      const { env } = context;
      const input = await askInventory('rack', options, { env, input: '' });
      const args = ['doctor', ...(options.exercise ? ['exercise'] : [])];
      const script = roomScript('runner-agent', 'bench-main.js');
      const { boards } = doctorSchema.parse(
        JSON.parse(await runScript({ script, args, env, input })),
      );
      if (options.json) printJson(context, boards);
      else printLine(context, render(boards));
      const isWell = boards.every(({ channels }) => channels.every(({ usable }) => usable));
      end(isWell ? EXIT.pass : EXIT.infrastructure);
    });
  addDoctorGithub(doctor, world);
}

function withBench(command: Command): Command {
  return command
    .option('--inventory <dir>', "inventory (default: Greenrack's own)")
    .option('--agent <name>', 'agent whose rack this machine has (default: name of the machine)');
}

async function askInventory(
  question: 'rack' | 'propose',
  { inventory = '-', agent = hostname() }: BenchOptions,
  { env, input }: { env: Readonly<Record<string, string | undefined>>; input: string },
): Promise<string> {
  const script = roomScript('board-inventory', 'inventory-main.js');
  return await runScript({ script, args: [question, inventory, agent], env, input });
}

/** What is wrong stands first on its line and is not cut: it says what to do. */
function render(boards: readonly BoardReport[]): string {
  const rows = boards.flatMap(({ serial, target, channels }) =>
    channels.map(({ channel, usable, detail }) => [
      usable ? 'ok' : 'BAD',
      serial,
      target,
      channel,
      detail,
    ]),
  );
  return table(['', 'BOARD', 'TARGET', 'CHANNEL', 'FOUND'], rows);
}
