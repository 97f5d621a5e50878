import type { ScheduleEvent, ScheduleView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { readSpec } from '../submission/read-spec.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';
import { type OutcomeOptions, seeThrough } from './see-through.js';

const MAX_SCHEDULES = 10_000;

export function addSchedules(program: Command, world: CommandWorld): void {
  const schedules = program
    .command('schedules')
    .summary('submissions that the farm makes again and again');
  addCreate(schedules, world);
  addList(schedules, world);
  addShow(schedules, world);
  addRun(schedules, world);
  addOrder(schedules, world, 'pause', 'submit nothing more until it is resumed');
  addOrder(schedules, world, 'resume', 'go on with the next time');
  addDelete(schedules, world);
}

interface CreateOptions extends FarmOptions {
  readonly name?: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly repository: string;
  readonly ref: string;
}

function addCreate(schedules: Command, { context, end }: CommandWorld): void {
  withFarm(schedules.command('create'))
    .summary('have a spec submitted at certain times, over the newest images of a branch')
    .argument(
      '<spec>',
      'YAML or JSON, as for submit; images by name alone are looked for in the farm',
    )
    .requiredOption('--cron <fields>', 'minute, hour, day, month and day of week: "30 2 * * 1-5"')
    .option('--time-zone <zone>', 'such as Europe/Berlin', 'UTC')
    .requiredOption('--repository <repository>', 'as submissions name it: github.com/me/firmware')
    .requiredOption('--ref <ref>', 'branch or tag, such as main or refs/tags/v1')
    .option('--name <name>', "default: the spec's")
    .action(async (file: string, options: CreateOptions) => {
      const spec = readSpec(file);
      const { cron, timeZone, repository, name = spec.name } = options;
      const ref = options.ref.startsWith('refs/') ? options.ref : `refs/heads/${options.ref}`;
      const request = { name, cron, timeZone, repository, ref, spec };
      const { id, nextMs } = await farmOf(context, options).client.schedules.create(request);
      noteLine(context, `next: ${timeOf(nextMs)}`);
      printLine(context, id);
      end(EXIT.pass);
    });
}

type JsonOptions = FarmOptions & { readonly json?: boolean };

function addList(schedules: Command, { context, end }: CommandWorld): void {
  withFarm(schedules.command('list'))
    .summary('list schedules, with what happened last')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: JsonOptions) => {
      const all = await takeFirst(farmOf(context, options).client.schedules.list(), MAX_SCHEDULES);
      if (json) printJson(context, all);
      else printLine(context, table(HEADINGS, all.map(rowOf), context.stdout.columns));
      end(EXIT.pass);
    });
}

const HEADINGS = ['SCHEDULE', 'NAME', 'TENANT', 'WHEN', 'BRANCH', 'NEXT', 'LAST'];

function rowOf(view: ScheduleView): string[] {
  const { id, name, tenant, cron, timeZone, repository, ref, last } = view;
  const next = view.paused ? 'paused' : timeOf(view.nextMs);
  const branch = `${repository} ${ref.replace('refs/heads/', '')}`;
  return [id, name, tenant, `${cron} ${timeZone}`, branch, next, happened(last)];
}

/** What happened, in a few words. */
function happened({ kind, submissionId, reason, missed }: ScheduleEvent): string {
  const what = kind === 'submitted' ? (submissionId ?? '') : kind;
  const why = kind === 'skipped' ? `: ${reason}` : '';
  return what + why + (missed > 0 ? ` (${missed} more went by)` : '');
}

interface ShowOptions extends JsonOptions {
  readonly limit: number;
}

function addShow(schedules: Command, { context, end }: CommandWorld): void {
  withFarm(schedules.command('show'))
    .summary('one schedule: what it submitted and skipped, and who changed it')
    .argument('<schedule>', 'its id')
    .option('--limit <count>', 'most lines of its history', wholeNumber(1, 500), 20)
    .option('--json', 'print JSON')
    .action(async (id: string, { json, limit, ...options }: ShowOptions) => {
      const { client } = farmOf(context, options);
      const schedule = await client.schedules.get(id);
      const history = await takeFirst(client.schedules.history(id), limit);
      if (json) printJson(context, { ...schedule, history });
      else show(context, schedule, history);
      end(EXIT.pass);
    });
}

function show(context: CliContext, view: ScheduleView, history: readonly ScheduleEvent[]): void {
  const { columns } = context.stdout;
  printLine(context, table(HEADINGS, [rowOf(view)], columns));
  const rows = history.map((event) => [timeOf(event.atMs), event.actor, happened(event)]);
  printLine(context, `\n${table(['AT', 'BY', 'WHAT'], rows, columns)}`);
}

function addRun(schedules: Command, world: CommandWorld): void {
  withFarm(schedules.command('run'))
    .summary('submit now, whatever the time')
    .argument('<schedule>', 'its id')
    .option('--no-wait', 'end once the farm has the submission')
    .option('--junit <file>', 'write the JUnit report to this file')
    .option('--json', 'print one JSON object on stdout instead of the table')
    .action(async (id: string, options: FarmOptions & OutcomeOptions) => {
      const farm = farmOf(world.context, options);
      const created = await farm.client.schedules.run(id);
      world.end(await seeThrough(world, farm, { created, options }));
    });
}

function addOrder(
  schedules: Command,
  { context, end }: CommandWorld,
  order: 'pause' | 'resume',
  summary: string,
): void {
  withFarm(schedules.command(order))
    .summary(summary)
    .argument('<schedule>', 'its id')
    .action(async (id: string, options: FarmOptions) => {
      const { nextMs } = await farmOf(context, options).client.schedules.order(id, order);
      noteLine(context, nextMs === null ? `${id} is paused` : `next: ${timeOf(nextMs)}`);
      end(EXIT.pass);
    });
}

function addDelete(schedules: Command, { context, end }: CommandWorld): void {
  withFarm(schedules.command('delete'))
    .summary('end a schedule for good; what it submitted stays')
    .argument('<schedule>', 'its id')
    .action(async (id: string, options: FarmOptions) => {
      await farmOf(context, options).client.schedules.remove(id);
      noteLine(context, `deleted ${id}`);
      end(EXIT.pass);
    });
}
