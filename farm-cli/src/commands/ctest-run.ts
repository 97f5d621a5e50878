import type { RunView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { parseHtrunArgs } from '../ctest/htrun-args.js';
import { HTRUN_RESULTS, htrunResult } from '../ctest/htrun-result.js';
import { NoImageError } from '../ctest/no-image-error.js';
import { planHtrun } from '../ctest/plan-htrun.js';
import { errorText } from '../error-text.js';
import { EXIT, exitCodeOfError, UsageError } from '../exit-code.js';
import { safeText } from '../output/safe-text.js';
import { submitPrepared } from '../submission/prepared.js';
import { prepareTests } from '../test-spec/prepare-tests.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';
import { terminalSafe } from './terminal-safe.js';
import { waitForSubmission } from './wait.js';

interface CtestRunOptions extends FarmOptions {
  readonly skipExitCode?: number;
}

export function addCtestRun(program: Command, world: CommandWorld): void {
  withFarm(program.command('ctest-run'))
    .summary("run one test for CTest: takes mbedhtrun's options and ends with its exit codes")
    .argument(
      '[options...]',
      'as for mbedhtrun: -f <image> -m <target>, or --test-name and --build-dir',
    )
    .option(
      '--skip-exit-code <code>',
      'ends with this when every case was skipped (SKIP_RETURN_CODE of CTest); default: 0',
      wholeNumber(0, 125),
    )
    .allowUnknownOption()
    .action(async (args: string[], options: CtestRunOptions) => {
      try {
        world.end(await ctestRun(world.context, args, options));
      } catch (error) {
        world.end(HTRUN_RESULTS.error);
        if (error instanceof NoImageError) return refuse(world, error);
        // 3 and above have other meanings for whoever expects the stock runner.
        if (exitCodeOfError(error) !== EXIT.infrastructure) throw error;
        throw new UsageError(`ctest-run: no verdict: ${errorText(error)}`);
      }
    });
}

function refuse({ context, end }: CommandWorld, error: NoImageError): void {
  noteLine(context, `greenrack: ${safeText(error.message)}`);
  end(HTRUN_RESULTS.no_image);
}

async function ctestRun(
  context: CliContext,
  args: readonly string[],
  options: CtestRunOptions,
): Promise<number> {
  const test = planHtrun(parseHtrunArgs(args), { cwd: context.cwd });
  const { client, connection } = farmOf(context, options);
  const prepared = await prepareTests([test], { name: test.name, run: {} });
  const { submission } = await submitPrepared(client, prepared);
  const { id } = submission;
  const waited = await waitForSubmission({ context, client, connection, id });
  const [run] = waited.runs;
  if (!run) throw new Error(`submission ${id} has no run`);
  if (run.attempts > 0) await printConsole(context, client, run);
  const code = report(context, run, waited.signalExit);
  return run.verdict === 'skipped' ? (options.skipExitCode ?? code) : code;
}

/** CTest keeps what a test prints: the console belongs into its report. */
async function printConsole(context: CliContext, client: FarmClient, run: RunView): Promise<void> {
  const safe = terminalSafe();
  for await (const bytes of client.console(run.id, run.attempts, 'text'))
    context.stdout.write(safe(bytes));
  printLine(context, '');
}

function report(context: CliContext, run: RunView, signalExit: number | undefined): number {
  const result = signalExit === undefined ? htrunResult(run) : 'error';
  const board = run.boardSerial === null ? '' : ` on ${run.boardSerial}`;
  printLine(context, `greenrack: ${run.verdict ?? 'no verdict'}${board} ${safeText(run.message)}`);
  printLine(context, `{{result;${result}}}`);
  return signalExit ?? HTRUN_RESULTS[result];
}
