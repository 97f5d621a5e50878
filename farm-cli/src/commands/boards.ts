import { BOARD_FIELDS, boardLabel, filterBy } from '@greenrack/farm-model';
import {
  type AgentView,
  type BoardView,
  type boardStateRequestSchema,
  HEALTHS,
  type Health,
} from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import { serialOf } from '../client/board-serial.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { counted, table, timeOf } from '../output/table.js';
import { addScan } from './bench.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

interface BoardsOptions extends FarmOptions {
  readonly target?: string;
  readonly filter?: string;
  readonly health?: Health;
  readonly maintenance?: string;
  readonly good?: string;
  readonly check?: string;
  readonly json?: boolean;
  readonly wide?: boolean;
}

type BoardChange = z.infer<typeof boardStateRequestSchema>;

const MAX_BOARDS = 10_000;
const MAX_HISTORY = 100;

export function addBoards(program: Command, world: CommandWorld): void {
  const { context, end } = world;
  const boards = withFarm(program.command('boards'))
    .summary('list boards, show the history of one, or take one out of service')
    .argument('[board]', 'show the newest entries of the history of this board: its name or serial')
    .option('--target <target>', 'list only the boards of this target')
    .addOption(new Option('--health <health>', 'list only boards of this health').choices(HEALTHS))
    .option('--filter <filter>', 'list only what this finds, such as "rack:lab-1 -state:offline"')
    .option('--maintenance <cause>', 'take the named board out of service')
    .option('--good <cause>', 'put the named board back into service')
    .option('--check <cause>', 'have the named board examined: its golden image decides')
    .option('--wide', 'show names and whole serials')
    .option('--json', 'print JSON')
    .action(async (named: string | undefined, options: BoardsOptions) => {
      const { client } = farmOf(context, options);
      const change = changeOf(named, options);
      const serial = named === undefined ? undefined : await serialOf(client, named);
      if (serial === undefined) await listBoards(context, client, options);
      else if (change) {
        await client.setBoardHealth(serial, change.health, change.cause);
        noteLine(context, `${named} is now ${change.health}`);
      } else await showHistory(context, client, { serial, json: options.json });
      end(EXIT.pass);
    });
  addScan(boards, world);
}

function changeOf(
  named: string | undefined,
  { maintenance, good, check }: BoardsOptions,
): BoardChange | undefined {
  const asked = [
    { health: 'maintenance', cause: maintenance } as const,
    { health: 'good', cause: good } as const,
    { health: 'suspect', cause: check } as const,
  ].flatMap(({ health, cause }) => (cause === undefined ? [] : [{ health, cause }]));
  const [first, second] = asked;
  if (!first) return undefined;
  if (named === undefined) throw new UsageError('name the board whose state is to change');
  if (second) throw new UsageError('use one of --maintenance, --good and --check');
  return first;
}

async function listBoards(
  context: CliContext,
  client: FarmClient,
  options: BoardsOptions,
): Promise<void> {
  const all = await takeFirst(client.boards(), MAX_BOARDS);
  const { target, health, filter = '' } = options;
  const { matches, problems } = filterBy(filter, BOARD_FIELDS);
  if (problems[0] !== undefined) throw new UsageError(`--filter: ${problems[0]}`);
  const boards = all
    .filter(matches)
    .filter((board) => target === undefined || board.target === target)
    .filter((board) => health === undefined || board.health === health);
  if (options.json) return printJson(context, boards);
  if (all.length === 0)
    return noteLine(context, 'no boards: no agent has connected to this farm yet');
  if (boards.length === 0)
    return noteLine(context, `none of the ${all.length} boards is like that`);
  const names = options.wide ? ['SERIAL', 'NAME'] : ['BOARD'];
  const headings = [...names, 'TARGET', 'AGENT', 'STATE', 'HEALTH', 'RUNS', 'HAS', 'NOW'];
  const rows = boards.map((board) => [
    ...(options.wide ? [board.serial, board.name ?? ''] : [boardLabel(board)]),
    ...factsOf(board),
  ]);
  printLine(context, table(headings, rows, context.stdout.columns));
  for await (const agent of client.agents())
    if (!agent.connected) noteLine(context, absence(agent));
}

function absence({ name, boards, neverSeen = false, sinceMs }: AgentView): string {
  const since = neverSeen ? 'has never connected' : `is not connected since ${timeOf(sinceMs)}`;
  return `agent ${name} ${since}: ${counted(boards, 'board')} of the farm cannot be used; start it with greenrack agent`;
}

function factsOf(board: BoardView): string[] {
  return [
    board.target,
    board.agent,
    board.availability,
    board.health,
    String(board.runsFinished),
    [...board.tags, ...board.fixtures].join(' '),
    board.current?.runName ?? board.healthCause ?? '',
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
    entry.evidence === null ? entry.cause : `${entry.cause}; evidence: ${entry.evidence}`,
  ]);
  printLine(
    context,
    table(['WHEN', 'STATE', 'HEALTH', 'WHO', 'WHY'], rows, context.stdout.columns),
  );
}
