import { boardLabelOf, removedWords } from '@greenrack/farm-model';
import type { RunDetail, RunView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { safeText } from '../output/safe-text.js';
import { duration, table, timeOf } from '../output/table.js';
import { durationOf, failureText } from '../output/verdict-table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface RunsOptions extends FarmOptions {
  readonly submission?: string;
  readonly limit: number;
  readonly cancel?: boolean;
  readonly json?: boolean;
}

export function addRuns(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('runs'))
    .summary('list runs, show one, or cancel one')
    .argument('[run]', 'show this run with its attempts and cases')
    .option('--submission <id>', 'only the runs of this submission')
    .option('--limit <count>', 'most runs to list', wholeNumber(1, 10_000), 50)
    .option('--cancel', 'cancel the named run')
    .option('--json', 'print JSON')
    .action(async (run: string | undefined, options: RunsOptions) => {
      const { client } = farmOf(context, options);
      if (run?.startsWith('sub_'))
        throw new UsageError(
          `${run} is a submission: use greenrack runs --submission ${run}, or greenrack submissions ${run}`,
        );
      if (run !== undefined) await oneRun(context, client, run, options);
      else if (options.cancel) throw new UsageError('name the run to cancel');
      else await listRuns(context, client, options);
      end(EXIT.pass);
    });
}

async function oneRun(
  context: CliContext,
  client: FarmClient,
  id: string,
  options: RunsOptions,
): Promise<void> {
  if (options.cancel) {
    const { state, verdict } = await client.run(id);
    if (state === 'finished')
      throw new UsageError(`${id} has finished (${verdict}): there is nothing to cancel`);
    await client.cancelRun(id);
    noteLine(context, `asked the farm to cancel ${id}`);
    return;
  }
  const run = await client.run(id);
  if (options.json) printJson(context, run);
  else for (const line of describe(run)) printLine(context, safeText(line));
}

async function listRuns(
  context: CliContext,
  client: FarmClient,
  options: RunsOptions,
): Promise<void> {
  const { submission, limit } = options;
  const runs =
    submission === undefined
      ? await takeFirst(client.runs(), limit)
      : (await client.runsOf(submission)).slice(0, limit);
  if (options.json) return printJson(context, runs);
  const headings = ['RUN', 'NAME', 'TARGET', 'BOARD', 'STATE', 'TIME', 'CREATED', 'MESSAGE'];
  printLine(context, table(headings, runs.map(rowOf), context.stdout.columns));
}

function rowOf(run: RunView): string[] {
  return [
    run.id,
    run.name,
    run.requirement.target,
    boardLabelOf(run),
    run.verdict ?? run.state,
    duration(durationOf(run)),
    timeOf(run.createdMs),
    run.message,
  ];
}

function describe(run: RunDetail): string[] {
  const gone = removedWords(run.removed);
  const waiting = run.waiting ? [`waits: ${run.waiting.reason}`] : [];
  return [
    `${run.name} (${run.id}) of submission ${run.submissionId}`,
    `image ${run.imageName} ${run.imageSha256}`,
    `${run.verdict ?? run.state}${run.message ? `: ${run.message}` : ''}`,
    ...waiting,
    ...(gone === undefined ? [] : [gone]),
    ...run.attemptList.flatMap(describeAttempt),
  ];
}

/** The serial in full: whoever reads one run may want to name its board. */
function whereOf({ boardSerial, boardName }: RunDetail['attemptList'][number]): string {
  return boardName === undefined ? boardSerial : `${boardName} (${boardSerial})`;
}

function describeAttempt(attempt: RunDetail['attemptList'][number]): string[] {
  const head = `attempt ${attempt.number} on ${whereOf(attempt)}: ${attempt.verdict ?? attempt.state}`;
  const cases = attempt.cases.flatMap((each) => [
    `  ${(each.verdict ?? 'running').padEnd(9)} ${each.name}`,
    ...each.failures.map((failure) => `            ${failureText(failure)}`),
  ]);
  const { lines = [], symbols = [] } = attempt.crash ?? {};
  const crash = [...symbols, ...lines].map((line) => `  | ${line}`);
  return [attempt.message ? `${head} (${attempt.message})` : head, ...cases, ...crash];
}
