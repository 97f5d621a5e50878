import type { BoardView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { addScan } from './bench.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

interface BoardsOptions extends FarmOptions {
  readonly maintenance?: string;
  readonly good?: string;
  readonly json?: boolean;
}

const MAX_BOARDS = 10_000;
const MAX_HISTORY = 100;

export function addBoards(program: Command, world: CommandWorld): void {
  const { context, end } = world;
  const boards = withFarm(program.command('boards'))
    .summary('list boards, show the history of one, or take one out of service')
    .argument('[serial]', 'show the newest entries of the history of this board')
    .option('--maintenance <cause>', 'take the named board out of service')
    .option('--good <cause>', 'put the named board back into service')
    .option('--json', 'print JSON')
    .action(async (serial: string | undefined, options: BoardsOptions) => {
      const { client } = farmOf(context, options);
      const change = changeOf(serial, options);
      if (serial === undefined) await listBoards(context, client, options);
      else if (change) {
        await client.setBoardHealth(serial, change.health, change.cause);
        noteLine(context, `${serial} is now ${change.health}`);
      } else await showHistory(context, client, { serial, json: options.json });
      end(EXIT.pass);
    });
  addScan(boards, world);
}

function changeOf(
  serial: string | undefined,
  { maintenance, good }: BoardsOptions,
): { health: 'good' | 'maintenance'; cause: string } | undefined {
  if (maintenance === undefined && good === undefined) return undefined;
  if (serial === undefined) throw new UsageError('name the board whose state is to change');
  if (maintenance !== undefined && good !== undefined)
    throw new UsageError('use --maintenance or --good, not both');
  return maintenance === undefined
    ? { health: 'good', cause: good ?? '' }
    : { health: 'maintenance', cause: maintenance };
}

async function listBoards(
  context: CliContext,
  client: FarmClient,
  options: BoardsOptions,
): Promise<void> {
  const boards = await takeFirst(client.boards(), MAX_BOARDS);
  if (options.json) return printJson(context, boards);
  if (boards.length === 0)
    return noteLine(context, 'no boards: no agent has connected to this farm yet');
  const headings = ['BOARD', 'TARGET', 'AGENT', 'STATE', 'HEALTH', 'RUNS', 'HAS', 'NOW'];
  printLine(context, table(headings, boards.map(rowOf), context.stdout.columns));
}

function rowOf(board: BoardView): string[] {
  return [
    board.serial,
    board.target,
    board.agent,
    board.availability,
    board.health,
    String(board.runsFinished),
    [...board.tags, ...board.fixtures].join(' '),
    board.current?.runName ?? (board.health === 'good' ? '' : board.cause),
  ];
}

async function showHistory(
  context: CliContext,
  client: FarmClient,
  { serial, json }: { readonly serial: string; readonly json: boolean | undefined },
): Promise<void> {
  const history = await takeFirst(client.boardHistory(serial), MAX_HISTORY);
  if (json) return printJson(context, history);
  const rows = history.map((entry) => [
    timeOf(entry.atMs),
    entry.availability,
    entry.health,
    entry.actor,
    entry.cause,
  ]);
  printLine(
    context,
    table(['WHEN', 'STATE', 'HEALTH', 'WHO', 'WHY'], rows, context.stdout.columns),
  );
}
