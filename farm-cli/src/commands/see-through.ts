import type { SubmissionCreated, Verdict } from '@greenrack/farm-protocol';
import { noteLine, printJson, printLine, printVerdicts } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { EXIT, exitCodeOfVerdicts, UsageError } from '../exit-code.js';
import { outcomeText } from '../output/outcome-text.js';
import { counted } from '../output/table.js';
import { summarize } from '../output/verdict-table.js';
import type { Connection } from '../settings.js';
import type { CommandWorld } from './options.js';
import { LeftRunning, waitForSubmission } from './wait.js';
import { writeOutput } from './write-output.js';

/** How a command tells what came of a submission. */
export interface OutcomeOptions {
  readonly wait: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

/** @throws UsageError for a report that the call does not wait for */
export function refuseReportUnseen({ wait, junit }: OutcomeOptions): void {
  if (!wait && junit !== undefined)
    throw new UsageError('--junit needs the verdicts, and --no-wait does not wait for them');
}

/** Follows a new submission to its end, unless told not to, and reports. Resolves with the exit code. */
export async function seeThrough(
  world: CommandWorld,
  { client, connection }: { readonly client: FarmClient; readonly connection: Connection },
  made: { readonly created: SubmissionCreated; readonly options: OutcomeOptions },
): Promise<number> {
  const { context } = world;
  const { created, options } = made;
  const { id } = created.submission;
  noteLine(
    context,
    `submission ${id}: ${counted(created.runs.length, 'run')}  ${client.url}/submissions/${id}`,
  );
  if (!options.wait) return reportCreated(world, created, options);

  const result = await waitForSubmission({ context, client, connection, id }).catch(orLeft);
  if (result instanceof LeftRunning) {
    noteLine(context, result.message);
    return EXIT.interrupted;
  }
  const runs = await summarize(client, result.runs);
  if (options.junit !== undefined)
    writeOutput(context, options.junit, await client.report(id, 'junit'));
  const exitCode = result.signalExit ?? exitCodeOfVerdicts(result.runs.map((run) => run.verdict));
  if (options.json)
    printJson(context, { ok: exitCode === EXIT.pass, submissionId: id, exitCode, runs });
  else printVerdicts(context, outcomeText(runs, context.stdout.columns));
  warnOfFlakes(world, result.runs);
  return exitCode;
}

function orLeft(error: unknown): LeftRunning {
  if (error instanceof LeftRunning) return error;
  throw error;
}

function reportCreated(
  { context }: CommandWorld,
  { submission, runs }: SubmissionCreated,
  options: OutcomeOptions,
): number {
  const ids = runs.map(({ id, name }) => ({ id, name }));
  if (options.json) printJson(context, { ok: true, submissionId: submission.id, runs: ids });
  else printLine(context, submission.id);
  return EXIT.pass;
}

function warnOfFlakes(
  { context }: CommandWorld,
  runs: readonly { readonly name: string; readonly verdict: Verdict | null }[],
): void {
  const names = runs.filter((run) => run.verdict === 'flaky').map((run) => run.name);
  if (names.length > 0)
    noteLine(context, `warning: flaky, passed only after a failure: ${names.join(', ')}`);
}
