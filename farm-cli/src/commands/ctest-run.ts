import { boardLabelOf } from '@greenrack/farm-model';
import type { RunView, SpecRun } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { type HtrunArgs, parseHtrunArgs } from '../ctest/htrun-args.js';
import { HTRUN_RESULTS, htrunResult } from '../ctest/htrun-result.js';
import { NoImageError } from '../ctest/no-image-error.js';
import { planHtrun } from '../ctest/plan-htrun.js';
import { willFail } from '../ctest/will-fail.js';
import { describeError } from '../describe-error.js';
import { safeText } from '../output/safe-text.js';
import { formatsOfFarm } from '../submission/choose-format.js';
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
      const { context, end } = world;
      const turn = willFail(context.cwd, args) ? TURNED : PLAIN;
      try {
        end(turn.code(await ctestRun(context, parseHtrunArgs(args), { ...options, ...turn })));
      } catch (error) {
        for (const line of describeError(error, context)) noteLine(context, line);
        noteLine(context, `ctest-run: no verdict${turn.remark}`);
        // 3 and above have other meanings for whoever expects the stock runner.
        const { no_image, error: other } = HTRUN_RESULTS;
        end(turn.code(error instanceof NoImageError ? no_image : other));
      }
    });
}

/** How exit codes are to be meant for CTest. */
interface Turn {
  readonly run: Partial<SpecRun>;
  readonly code: (code: number) => number;
  /** For whoever reads the exit code. */
  readonly remark: string;
}

const PLAIN: Turn = { run: {}, code: (code) => code, remark: '' };
/**
 * CTest takes any code but 0 of such a test for a success, that of a farm that cannot be reached too. So a failure, which
 * the farm knows to be expected, ends with 1, and whatever else, with 0.
 */
const TURNED: Turn = {
  run: { expect: 'fail' },
  code: (code) => (code === HTRUN_RESULTS.success ? HTRUN_RESULTS.failure : HTRUN_RESULTS.success),
  remark: ' (CTest expects this test to fail, WILL_FAIL: the exit code is turned round)',
};

async function ctestRun(
  context: CliContext,
  args: HtrunArgs,
  options: CtestRunOptions & Turn,
): Promise<number> {
  const { client, connection } = farmOf(context, options);
  const test = await planHtrun(args, { cwd: context.cwd, formatsOf: formatsOfFarm(client) });
  const prepared = await prepareTests([test], { name: test.name, run: options.run });
  const { submission } = await submitPrepared(client, prepared);
  const { id } = submission;
  const waited = await waitForSubmission({ context, client, connection, id });
  const [run] = waited.runs;
  if (!run) throw new Error(`submission ${id} has no run`);
  if (run.attempts > 0) await printConsole(context, client, run);
  const code = report(context, run, { ...options, signalExit: waited.signalExit });
  return run.verdict === 'skipped' ? (options.skipExitCode ?? code) : code;
}

/** CTest keeps what a test prints: the console belongs into its report. */
async function printConsole(context: CliContext, client: FarmClient, run: RunView): Promise<void> {
  const safe = terminalSafe();
  for await (const bytes of client.console(run.id, run.attempts, 'text'))
    context.stdout.write(safe(bytes));
  printLine(context, '');
}

function report(
  context: CliContext,
  run: RunView,
  { signalExit, remark }: { readonly signalExit: number | undefined; readonly remark: string },
): number {
  const result = signalExit === undefined ? htrunResult(run) : 'error';
  const board = run.boardSerial === null ? '' : ` on ${boardLabelOf(run)}`;
  printLine(context, `greenrack: ${run.verdict ?? 'no verdict'}${board} ${safeText(run.message)}`);
  printLine(context, `{{result;${result}}}${remark}`);
  return signalExit ?? HTRUN_RESULTS[result];
}
