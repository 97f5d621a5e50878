import { appendFileSync } from 'node:fs';
import { meaningOf } from '@greenrack/farm-model';
import { z } from 'zod';
import { type CliContext, noteLine } from '../cli-context.js';
import { farmOf } from '../commands/options.js';
import { describeError } from '../describe-error.js';
import { exitCodeOfError } from '../exit-code.js';
import type { RunSummary } from '../output/verdict-table.js';
import { runCli } from '../run-cli.js';
import { readInputs } from './action-inputs.js';
import { failureAnnotations } from './failure-annotations.js';
import { jobSummary } from './job-summary.js';
import { errorCommand, MAX_ANNOTATIONS, withoutCommands } from './workflow-commands.js';

/** Failed runs whose details are read: more than GitHub shows errors of a step, since cases share their line. */
const MAX_DETAILS = 50;

const outcomeSchema = z.object({
  submissionId: z.string().regex(/^sub_\w+$/),
  runs: z.array(z.custom<RunSummary>((run) => typeof run === 'object' && run !== null)),
});

/** One step of a workflow: submits, waits, and says at the lines and in the summary of the job what failed. */
export async function runAction(context: CliContext): Promise<number> {
  const printed: string[] = [];
  try {
    const { args, env } = readInputs(context.env);
    const farm: CliContext = {
      ...context,
      env,
      stdout: { write: (text) => printed.push(text.toString()) > 0, once: () => undefined },
      // Where commands are turned off and on: of two streams the runner may read one late.
      stderr: context.stdout,
    };
    const exitCode = await withoutCommands(context.stdout, () => runCli(args, farm));
    const outcome = outcomeSchema.safeParse(parsed(printed.join('')));
    // What came of it stands, also when it cannot be told in all places.
    if (outcome.success) await tell(context, farm, outcome.data).catch((e) => note(context, e));
    return exitCode;
  } catch (error) {
    note(context, error);
    return exitCodeOfError(error);
  }
}

function note(context: CliContext, error: unknown): void {
  for (const line of describeError(error, context)) noteLine(context, line);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Refused, or called off: why is in the log already.
    return undefined;
  }
}

async function tell(
  context: CliContext,
  farm: CliContext,
  { submissionId, runs }: z.infer<typeof outcomeSchema>,
): Promise<void> {
  const { client } = farmOf(farm, {});
  const url = `${client.url}/submissions/${submissionId}`;
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output } = context.env;
  const waited = runs.some(({ verdict }) => typeof verdict === 'string');
  if (output) appendFileSync(output, `submission=${submissionId}\nurl=${url}\n`);
  if (!waited) return;
  if (summary) appendFileSync(summary, jobSummary(runs, url));
  const failed = runs.filter(({ verdict }) => verdict !== null && meaningOf(verdict) === 'bad');
  const details = [];
  for (const { id } of failed.slice(0, MAX_DETAILS)) details.push(await client.run(id));
  const workspace = context.env.GITHUB_WORKSPACE ?? context.cwd;
  const all = failureAnnotations(details, workspace);
  for (const each of all.slice(0, MAX_ANNOTATIONS)) context.stdout.write(`${errorCommand(each)}\n`);
  if (all.length > MAX_ANNOTATIONS)
    context.stdout.write(`${all.length - MAX_ANNOTATIONS} more failures: ${url}\n`);
}
