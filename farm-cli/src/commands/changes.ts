import type { ChangeDetail, ChangeView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT } from '../exit-code.js';
import { percentOf } from '../output/percent.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

type JsonOptions = FarmOptions & { readonly json?: boolean };

export function addChanges(program: Command, world: CommandWorld): void {
  const changes = program
    .command('changes')
    .summary('what became slower, larger or better, and by which commit');
  addList(changes, world);
  addShow(changes, world);
  addAccept(changes, world);
  addAssign(changes, world);
}

interface ListOptions extends JsonOptions {
  readonly limit: number;
  readonly state?: string;
  readonly target?: string;
}

function addList(changes: Command, { context, end }: CommandWorld): void {
  withFarm(changes.command('list', { isDefault: true }))
    .summary('list changes, the latest first')
    .option('--state <state>', 'detected, verified, refuted, assigned, fixed, … only')
    .option('--target <target>', 'of boards of this target only')
    .option('--limit <count>', 'most lines', wholeNumber(1, 10_000), 50)
    .option('--json', 'print JSON')
    .action(async ({ json, limit, state, target, ...options }: ListOptions) => {
      const filter = { ...(state && { state }), ...(target && { target }) };
      const all = await takeFirst(farmOf(context, options).client.analysis.changes(filter), limit);
      if (json) printJson(context, all);
      else printLine(context, table(HEADINGS, all.map(changeRow), context.stdout.columns));
      end(EXIT.pass);
    });
}

const HEADINGS = ['CHANGE', 'STATE', 'WHAT', 'BY', 'WHERE', 'COMMIT', 'FOUND'];

function changeRow(change: ChangeView): string[] {
  const { id, state, worst, target, boardSerial, imageName, metrics } = change;
  const more = metrics > 1 ? ` and ${metrics - 1} more` : '';
  return [
    id,
    state,
    `${change.effect}: ${worst.metric}${more}`,
    percentOf(worst.before, worst.after),
    `${imageName} ${target} ${boardSerial}`.trimEnd(),
    rangeOf(change),
    timeOf(change.foundMs),
  ];
}

const buildName = ({ sha, imageSha256 }: ChangeView['good']): string =>
  sha?.slice(0, 12) ?? `image ${imageSha256.slice(0, 12)}`;

/** The first bad build, or between which two it is. */
export function rangeOf({ exact, good, bad }: ChangeView): string {
  return exact ? buildName(bad) : `${buildName(good)}..${buildName(bad)}`;
}

function addShow(changes: Command, { context, end }: CommandWorld): void {
  withFarm(changes.command('show'))
    .summary('one change: its metrics, and the runs that showed it')
    .argument('<change>', 'its id')
    .option('--json', 'print JSON')
    .action(async (id: string, { json, ...options }: JsonOptions) => {
      const change = await farmOf(context, options).client.analysis.change(id);
      if (json) printJson(context, change);
      else showChange(context, change);
      end(EXIT.pass);
    });
}

/** Prints a change with all that is known of it. */
export function showChange(context: CliContext, change: ChangeDetail): void {
  const { columns } = context.stdout;
  printLine(context, `${change.id}  ${change.state}  first bad build: ${rangeOf(change)}`);
  if (change.work === 'confirm' || change.work === 'bisect')
    printLine(context, `the farm is at it: ${change.work}`);
  if (change.missing !== null) printLine(context, `missing: ${change.missing}`);
  if (change.assignee !== null) printLine(context, `assigned to ${change.assignee}`);
  if (change.reason !== null) printLine(context, `accepted by ${change.actor}: ${change.reason}`);
  const metrics = change.metricList.map((one) => [
    one.caseName === null ? one.metric : `${one.caseName} / ${one.metric}`,
    ...[String(one.before), String(one.after), one.unit, percentOf(one.before, one.after)],
    one.outcome ?? 'not confirmed yet',
  ]);
  const headings = ['METRIC', 'BEFORE', 'AFTER', 'UNIT', 'BY', 'INTERLEAVED RUNS'];
  printLine(context, `\n${table(headings, metrics, columns)}`);
  const steps = change.steps.map((one) => [
    one.kind,
    ...[buildName(one.good), buildName(one.bad), one.sides, one.outcome ?? 'running'],
    one.submissionId,
  ]);
  const titles = ['STEP', 'A', 'B', 'RUNS', 'OUTCOME', 'SUBMISSION'];
  if (steps.length > 0) printLine(context, `\n${table(titles, steps, columns)}`);
}

function addAccept(changes: Command, { context, end }: CommandWorld): void {
  withFarm(changes.command('accept'))
    .summary('the new level is as it should be')
    .argument('<change>', 'its id')
    .requiredOption('--reason <text>', 'why, for whoever looks at the series later')
    .action(async (id: string, { reason, ...options }: FarmOptions & { reason: string }) => {
      await farmOf(context, options).client.analysis.orderChange(id, 'accept', { reason });
      noteLine(context, `${id} is accepted`);
      end(EXIT.pass);
    });
}

function addAssign(changes: Command, { context, end }: CommandWorld): void {
  withFarm(changes.command('assign'))
    .summary('say who sees to it')
    .argument('<change>', 'its id')
    .argument('<assignee>', 'who')
    .action(async (id: string, assignee: string, options: FarmOptions) => {
      await farmOf(context, options).client.analysis.orderChange(id, 'assign', { assignee });
      noteLine(context, `${id} is assigned to ${assignee}`);
      end(EXIT.pass);
    });
}

interface BisectOptions extends FarmOptions {
  readonly good?: string;
  readonly bad?: string;
  readonly branch?: string;
}

export function addBisect(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('bisect'))
    .summary(
      'have the farm look for the first bad build of a change, or between two builds of a series',
    )
    .argument(
      '<change or series>',
      'id of a change to go on with; or of a series, with --good and --bad',
    )
    .option('--good <commit>', 'first digits of a commit or image that the series has measured')
    .option('--bad <commit>', 'the same of a bad one')
    .option('--branch <ref>', 'the branch of both')
    .action(async (id: string, { good, bad, branch, ...options }: BisectOptions) => {
      const { client } = farmOf(context, options);
      const ref = branch && (branch.startsWith('refs/') ? branch : `refs/heads/${branch}`);
      const change =
        good !== undefined && bad !== undefined
          ? await client.analysis.askChange({ series: id, good, bad, ...(ref && { ref }) })
          : await client.analysis.orderChange(id, 'again', {});
      noteLine(context, `greenrack changes show ${change.id} tells how far it is`);
      printLine(context, change.id);
      end(EXIT.pass);
    });
}
