import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunDetail } from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.js';
import type { ConsoleFormat, FarmClient } from '../client/farm-client.js';
import { EXIT, UsageError } from '../exit-code.js';
import { followConsole } from './follow-console.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';
import { terminalSafe } from './terminal-safe.js';

interface LogOptions extends FarmOptions {
  readonly attempt?: number;
  readonly format: ConsoleFormat;
  readonly output?: string;
  readonly follow?: boolean;
  readonly raw?: boolean;
}

export function addLog(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('log'))
    .summary('print what a board wrote to its console')
    .argument('<run>', 'id of the run')
    .option('--attempt <number>', 'which attempt; default: the last', wholeNumber(1, 1000))
    .addOption(
      new Option('--format <format>', 'text; jsonl with times; grlog, the recording itself')
        .choices(['text', 'jsonl', 'grlog'])
        .default('text'),
    )
    .option('-o, --output <file>', 'write to this file instead of stdout')
    .option('-f, --follow', 'go on with what the board writes until the attempt ends')
    .option('--raw', 'do not replace control characters on a terminal')
    .action(async (run: string, options: LogOptions) => {
      await printLog(context, run, options);
      end(EXIT.pass);
    });
}

async function printLog(context: CliContext, run: string, options: LogOptions): Promise<void> {
  if (options.follow && (options.output !== undefined || options.format !== 'text'))
    throw new UsageError('--follow prints text on stdout; leave out --output and --format');
  if (options.format === 'grlog' && options.output === undefined && context.stdout.isTTY)
    throw new UsageError('a recording is binary: name a file with --output');
  const { client, connection } = farmOf(context, options);
  const attempt = attemptOf(await client.run(run), options.attempt);
  const isSafe = options.raw !== true && context.stdout.isTTY === true;
  if (options.follow) {
    const print = isSafe ? terminalSafe() : (bytes: Uint8Array) => bytes;
    await followConsole(connection, { attemptId: attempt.id, context, print });
    return;
  }
  const bytes = client.console(run, attempt.number, options.format);
  await pipeline(isSafe ? mapped(bytes) : bytes, sinkOf(context, options.output));
}

function attemptOf(run: RunDetail, number: number | undefined): RunDetail['attemptList'][number] {
  const list = run.attemptList;
  const found = number === undefined ? list.at(-1) : list.find((each) => each.number === number);
  if (found) return found;
  const known = list.map((each) => each.number).join(', ');
  throw new UsageError(
    known === ''
      ? `run ${run.id} has not started on a board yet${run.waiting ? `: ${run.waiting.reason}` : ''}`
      : `run ${run.id} has no attempt ${number}; it has ${known}`,
  );
}

async function* mapped(bytes: ReturnType<FarmClient['console']>): AsyncGenerator<Uint8Array> {
  const safe = terminalSafe();
  for await (const piece of bytes) yield safe(piece);
}

function sinkOf(context: CliContext, output: string | undefined): Writable {
  if (output !== undefined) return createWriteStream(resolve(context.cwd, output));
  return new Writable({
    write(chunk: Uint8Array, _encoding, next) {
      if (context.stdout.write(chunk)) next();
      else context.stdout.once('drain', () => next());
    },
  });
}
