import { nightlyText } from '@greenrack/farm-model';
import type { NightlyReport, ScheduleView } from '@greenrack/farm-protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';
import { writeOutput } from './write-output.js';

const MAX_SCHEDULES = 10_000;

interface NightlyOptions extends FarmOptions {
  readonly against?: string;
  readonly junit?: string;
  readonly json?: boolean;
}

/** The same as for whoever waits for a submission. */
const EXIT_OF: Readonly<Record<NightlyReport['conclusion'], number>> = {
  good: EXIT.pass,
  bad: EXIT.testFailure,
  unknown: EXIT.infrastructure,
};

export function addNightly(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('nightly'))
    .summary('what has changed since the night before')
    .argument(
      '[schedule]',
      'name or id of a schedule, for its latest submission; or a submission. Default: the only schedule',
    )
    .option('--against <submission>', 'compare with this submission', submissionId)
    .option('--junit <file>', 'write the changes as JUnit to this file')
    .option('--json', 'print JSON')
    .action(async (what: string | undefined, { against, junit, json, ...farm }: NightlyOptions) => {
      const { client } = farmOf(context, farm);
      const id = what?.startsWith('sub_') ? what : await latestOf(client, what);
      const report = await client.schedules.nightly(id, against);
      if (junit !== undefined) {
        const text = await client.schedules.nightlyJunit(id, against);
        noteLine(context, `wrote ${writeOutput(context, junit, text)}`);
      }
      if (json) printJson(context, report);
      else printLine(context, nightlyText(report, { url: client.url, maxLines: 100 }));
      end(EXIT_OF[report.conclusion]);
    });
}

function submissionId(text: string): string {
  if (text.startsWith('sub_')) return text;
  throw new InvalidArgumentError('expected the id of a submission, sub_….');
}

/** @throws UsageError when it cannot be told which is meant, or nothing has been submitted */
async function latestOf(client: FarmClient, what: string | undefined): Promise<string> {
  if (what?.startsWith('sch_')) return submissionOf(await client.schedules.get(what));
  const all = await takeFirst(client.schedules.list(), MAX_SCHEDULES);
  const meant = all.filter(({ name }) => what === undefined || name === what);
  const [only, ...more] = meant;
  if (only && more.length === 0) return submissionOf(only);
  if (!only)
    throw new UsageError(`there is no schedule ${what ?? ''}: see greenrack schedules list`);
  const names = meant.slice(0, 10).map(({ id, name }) => `${id} ${name}`);
  throw new UsageError(`which schedule? There are ${names.join(', ')}`);
}

function submissionOf({ name, lastSubmissionId, last }: ScheduleView): string {
  if (lastSubmissionId !== null) return lastSubmissionId;
  const why = last.kind === 'skipped' ? `: ${last.reason}` : '';
  throw new UsageError(`${name} has not submitted anything yet${why}`);
}
