import { removedWords } from '@greenrack/farm-model';
import type { SubmissionView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface SubmissionsOptions extends FarmOptions {
  readonly cancel?: boolean;
  readonly pin?: boolean;
  readonly unpin?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export function addSubmissions(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('submissions'))
    .summary('list submissions, show one, or cancel one')
    .argument('[submission]', 'show this one alone')
    .option('--limit <count>', 'most submissions to list', wholeNumber(1, 10_000), 50)
    .option('--cancel', 'cancel what has not finished of the named submission')
    .option('--pin', 'keep all that the named submission has, whatever the policy')
    .option('--unpin', 'let it go as the policy says')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, options: SubmissionsOptions) => {
      const { client } = farmOf(context, options);
      const { pin, unpin } = options;
      if (options.cancel) await cancel(context, client, id);
      else if (pin || unpin) await keep(context, client, { id, what: pin ? 'pin' : 'unpin' });
      else show(context, await wanted(client, id, options.limit), options);
      end(EXIT.pass);
    });
}

async function wanted(
  client: FarmClient,
  id: string | undefined,
  limit: number,
): Promise<SubmissionView[]> {
  return id === undefined
    ? await takeFirst(client.submissions(), limit)
    : [await client.submission(id)];
}

async function cancel(
  context: CliContext,
  client: FarmClient,
  id: string | undefined,
): Promise<void> {
  if (id === undefined) throw new UsageError('name the submission to cancel');
  const { state, runsTotal } = await client.submission(id);
  if (state === 'finished')
    throw new UsageError(`${id} has finished: there is nothing to cancel of its ${runsTotal} runs`);
  await client.cancelSubmission(id);
  noteLine(context, `asked the farm to cancel ${id}`);
}

async function keep(
  context: CliContext,
  client: FarmClient,
  { id, what }: { id: string | undefined; what: 'pin' | 'unpin' },
): Promise<void> {
  if (id === undefined) throw new UsageError(`name the submission to ${what}`);
  await client.upkeep.pinSubmission(id, what);
  noteLine(context, `${what}ned ${id}`);
}

function show(
  context: CliContext,
  submissions: readonly SubmissionView[],
  { json }: SubmissionsOptions,
): void {
  if (json) {
    printJson(context, submissions);
    return;
  }
  const headings = ['SUBMISSION', 'CREATED', 'BY', 'STATE', 'RUNS', 'VERDICTS', 'RERUN OF', 'NAME'];
  printLine(context, table(headings, submissions.map(rowOf), context.stdout.columns));
}

function rowOf(view: SubmissionView): string[] {
  const kept = view.pinnedBy === undefined ? '' : ', pinned';
  const removed = removedWords(view.removed);
  const gone = removed === undefined ? '' : `, ${removed}`;
  const state = (view.cancelled ? 'cancelled' : view.state) + kept + gone;
  const verdicts = Object.entries(view.verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  const runs = `${view.runsFinished}/${view.runsTotal}`;
  const { id, createdMs, submitter, name } = view;
  const again = view.rerunOf ?? '';
  return [id, timeOf(createdMs), submitter, state, runs, verdicts.join(', '), again, name];
}
