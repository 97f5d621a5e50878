import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunView, Verdict } from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import {
  type CliContext,
  noteLine,
  onSignals,
  printJson,
  printLine,
  printVerdicts,
} from '../cli-context.js';
import { FarmClient } from '../client/farm-client.js';
import { followSubmission } from '../client/follow-submission.js';
import { DemoFarm } from '../demo/demo-farm.js';
import { loadDemoSuite } from '../demo/demo-suite.js';
import { showGithub } from '../demo/github-show.js';
import { showRegression } from '../demo/regression-show.js';
import { EXIT } from '../exit-code.js';
import { Interrupted } from '../interrupted.js';
import { progressOn } from '../output/progress.js';
import { summarize, verdictTable } from '../output/verdict-table.js';
import { repositoryDir } from '../process/repository.js';
import type { Connection } from '../settings.js';
import { submitPrepared } from '../submission/prepared.js';
import { type CommandWorld, wholeNumber } from './options.js';
import { writeOutput } from './write-output.js';

interface DemoOptions {
  readonly exit?: boolean;
  readonly json?: boolean;
  readonly port: number;
  readonly keep?: string;
  readonly junit?: string;
  readonly github?: boolean;
}

export function addDemo(program: Command, { context, end }: CommandWorld): void {
  program
    .command('demo')
    .summary(
      'start a farm of four virtual boards, run the demo suite, have a slower commit found, and leave the dashboard open',
    )
    .option('--exit', 'end when all has been shown instead of at Ctrl-C')
    .option('--json', 'print one JSON object on stdout instead of the table')
    .option('--port <port>', 'port of the dashboard; 0 takes any', wholeNumber(0, 65_535), 8080)
    .option('--keep <dir>', 'keep database, logs and artifacts in this folder')
    .option('--junit <file>', 'where to write the JUnit report (default: build/demo/junit.xml)')
    .addOption(
      new Option(
        '--github',
        'play one pull request against a GitHub that is part of the clone, and show its checks',
      ).conflicts(['json', 'keep', 'junit']),
    )
    .action(async (options: DemoOptions) => {
      end(await (options.github ? showGithub(context, options) : demo(context, options)));
    });
}

async function demo(context: CliContext, options: DemoOptions): Promise<number> {
  const end = new AbortController();
  const dir = stateDir(context, options);
  const { port } = options;
  const farm = new DemoFarm({ dir, port, env: context.env, signal: end.signal });
  const off = onSignals(context, (name) => {
    // The second signal is from someone who does not want to wait for an orderly end.
    if (end.signal.aborted) farm.kill();
    else end.abort(new Interrupted(name));
  });
  try {
    return await runDemo({ context, options, dir, farm, end });
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  } finally {
    if (end.signal.aborted) noteLine(context, 'ending the farm …');
    await farm.stop();
    if (options.keep === undefined) rmSync(dir, { recursive: true, force: true });
    off();
  }
}

function stateDir(context: CliContext, options: DemoOptions): string {
  if (options.keep === undefined) return mkdtempSync(join(tmpdir(), 'greenrack-demo-'));
  const dir = resolve(context.cwd, options.keep);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

interface Demo {
  readonly context: CliContext;
  readonly options: DemoOptions;
  readonly dir: string;
  readonly farm: DemoFarm;
  /** Aborted by a signal, or when a process of the farm ended by itself. */
  readonly end: AbortController;
}

async function runDemo(world: Demo): Promise<number> {
  const { context, options, dir, farm, end } = world;
  const connection = await farm.start();
  farm.failure().catch((error: unknown) => end.abort(error));
  noteLine(context, `dashboard: ${connection.url}`);
  const suite = await runSuite(world, connection);
  const { signal } = end;
  const regression = await showRegression({ context, connection, dir, signal });
  if (options.json) {
    const ok = suite.summary.ok && regression.summary.ok;
    printJson(context, { ...suite.summary, ok, regression: regression.summary });
  } else printLine(context, `\n${regression.text}`);
  if (options.exit) return suite.exitCode || regression.exitCode;
  noteLine(context, `\nThe farm is yours: ${connection.url}  Ctrl-C ends it. In another terminal:`);
  for (const line of hint(farm, connection)) noteLine(context, `  ${line}`);
  if (!end.signal.aborted) await once(end.signal, 'abort');
  throw end.signal.reason;
}

const hint = (farm: DemoFarm, { url }: Connection): string[] => [
  `export GREENRACK_URL=${url} GREENRACK_TOKEN_FILE=${farm.tokenFile}`,
  './greenrack submit <image, folder or spec>',
];

interface SuiteOutcome {
  readonly exitCode: number;
  readonly summary: Readonly<Record<string, unknown>> & { readonly ok: boolean };
}

async function runSuite(world: Demo, connection: Connection): Promise<SuiteOutcome> {
  const { context, options } = world;
  const client = new FarmClient(connection);
  const suiteFile = join(repositoryDir(), 'test-suites', 'suites', 'demo', 'suite.yaml');
  const suite = await loadDemoSuite(suiteFile, join(repositoryDir(), 'build', 'firmware'));
  const beganMs = performance.now();
  const { submission } = await submitPrepared(client, suite.prepared);
  const runs = await followed(world, connection, submission.id);
  const durationMs = Math.round(performance.now() - beganMs);
  const junit = writeOutput(
    context,
    options.junit ?? join(repositoryDir(), 'build', 'demo', 'junit.xml'),
    await client.report(submission.id, 'junit'),
  );
  const summaries = await summarize(client, runs);
  const isRight = runs.map((run, i) => run.verdict === suite.expected[i]);
  const ok = isRight.length === suite.expected.length && isRight.every(Boolean);
  if (!options.json) {
    noteLine(context, '');
    printVerdicts(context, verdictTable(summaries, tableOptions(context, suite.expected)));
    const right = isRight.filter(Boolean).length;
    const seconds = (durationMs / 1000).toFixed(1);
    printLine(context, `\n${right} of ${suite.expected.length} verdicts as expected, ${seconds} s`);
    printLine(context, `JUnit: ${junit}`);
  }
  const all = summaries.map((run, i) => ({ ...run, expected: suite.expected[i] }));
  const { url } = connection;
  return {
    exitCode: demoExitCode(ok, runs),
    summary: {
      ...{ ok, url, submissionId: submission.id, durationMs },
      ...{ runs: all, counts: countsOf(runs), junit },
    },
  };
}

async function followed(
  { context, end }: Demo,
  connection: Connection,
  id: string,
): Promise<readonly RunView[]> {
  const listener = progressOn(context);
  try {
    const client = new FarmClient(connection);
    return (await followSubmission(client, connection, { id, listener, signal: end.signal })).runs;
  } finally {
    listener.stop();
  }
}

/** An unexpected `infra` says that the bench is broken; any other surprise is a wrong verdict. */
function demoExitCode(ok: boolean, runs: readonly RunView[]): number {
  if (ok) return EXIT.pass;
  return runs.some((run) => run.verdict === 'infra') ? EXIT.infrastructure : EXIT.testFailure;
}

function tableOptions(
  context: CliContext,
  expected: readonly Verdict[],
): { expected: readonly string[]; width?: number } {
  const { columns } = context.stdout;
  return columns === undefined ? { expected } : { expected, width: columns };
}

function countsOf(runs: readonly RunView[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verdict } of runs)
    if (verdict !== null) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
