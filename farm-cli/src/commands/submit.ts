import { basename, resolve } from 'node:path';
import {
  BANDS,
  CLOCKS,
  type Clock,
  type SpecRun,
  type SubmissionCreated,
  type Verdict,
} from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { EXIT, exitCodeOfVerdicts, UsageError } from '../exit-code.js';
import { counted } from '../output/table.js';
import { summarize, verdictTable } from '../output/verdict-table.js';
import { findImages, isImageName, statOf } from '../submission/image-files.js';
import { prepareImages } from '../submission/prepare-images.js';
import { prepareSpec } from '../submission/prepare-spec.js';
import { type PreparedSubmission, submitPrepared } from '../submission/prepared.js';
import { isSpecName } from '../submission/read-spec.js';
import {
  type CommandWorld,
  collected,
  type FarmOptions,
  farmOf,
  seconds,
  wholeNumber,
  withFarm,
} from './options.js';
import { type BuildOptions, isOfBuild, prepareBuild } from './submit-build.js';
import { waitForSubmission } from './wait.js';
import { writeOutput } from './write-output.js';

interface SubmitOptions extends FarmOptions, BuildOptions {
  readonly board?: string;
  readonly fixture?: string[];
  readonly tag?: string[];
  readonly timeout?: number;
  readonly hostTest?: string;
  readonly clock?: Clock;
  readonly repeat?: number;
  readonly name?: string;
  readonly priority?: (typeof BANDS)[number];
  readonly wait: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

export function addSubmit(program: Command, world: CommandWorld): void {
  withFarm(program.command('submit'))
    .summary('submit images, a folder of images or a spec, and wait for the verdicts')
    .argument(
      '[paths...]',
      'images (.elf .hex .uf2 .bin), folders of them, or one spec (.yaml .json)',
    )
    .option(
      '--test-spec <path>',
      'tests of a test_spec.json, or of all below a folder such as BUILD (repeatable)',
      collected,
    )
    .option(
      '--ctest <path>',
      'on-target tests of a CMake build folder, or of what `ctest --show-only=json-v1` printed',
    )
    .option(
      '-n, --tests <names>',
      'with --test-spec or --ctest: only these, comma-separated, * and ? allowed',
      collected,
    )
    .option('-i, --skip <names>', 'with --test-spec or --ctest: all but these', collected)
    .option(
      '--expectations <file>',
      'with --test-spec or --ctest: list of tests that are PASSING, FLAKY or FAILING (JSON5 or YAML); `virtual`: the one for Mbed CE on virtual boards',
    )
    .option('--target <target>', "Mbed target; default: the name of the image's folder")
    .option('--board <serial>', 'run on this board only')
    .option('--fixture <fixture>', 'fixture that the board must have (repeatable)', collected)
    .option('--tag <tag>', 'tag that the board must have (repeatable)', collected)
    .option('--timeout <seconds>', 'most that one run may take (default: 600)', seconds)
    .option('--host-test <name>', 'host test, instead of the one that the image asks for')
    .addOption(
      new Option(
        '--clock <clock>',
        'whose time a virtual board keeps; default: as the test needs',
      ).choices(CLOCKS),
    )
    .option('--repeat <count>', 'runs of each image (default: 1)', wholeNumber(1, 1000))
    .option('--name <name>', 'name of the submission; default: that of the first path')
    .addOption(new Option('--priority <band>', 'default: normal').choices(BANDS))
    .option('--no-wait', 'end once the farm has the submission')
    .option('--junit <file>', 'write the JUnit report to this file')
    .option('--json', 'print one JSON object on stdout instead of the table')
    .action(async (paths: string[], options: SubmitOptions) => {
      world.end(await submit(world, paths, options));
    });
}

async function submit(
  world: CommandWorld,
  paths: readonly string[],
  options: SubmitOptions,
): Promise<number> {
  const { context } = world;
  if (!options.wait && options.junit !== undefined)
    throw new UsageError('--junit needs the verdicts, and --no-wait does not wait for them');
  const { client, connection } = farmOf(context, options);
  const full = paths.map((path) => resolve(context.cwd, path));
  const prepared = isOfBuild(options)
    ? await prepareBuild({ cwd: context.cwd, paths: full }, options, runOptions(options))
    : await prepare(full, options);
  if (options.expectations !== undefined) noteLine(context, expectedNote(prepared, options));
  const created = await submitPrepared(client, prepared);
  const { id } = created.submission;
  noteLine(
    context,
    `submission ${id}: ${counted(created.runs.length, 'run')}  ${client.url}/submissions/${id}`,
  );
  if (!options.wait) return reportCreated(world, created, options);

  const result = await waitForSubmission({ context, client, connection, id });
  const runs = await summarize(client, result.runs);
  if (options.junit !== undefined)
    writeOutput(context, options.junit, await client.report(id, 'junit'));
  const exitCode = result.signalExit ?? exitCodeOfVerdicts(result.runs.map((run) => run.verdict));
  if (options.json)
    printJson(context, { ok: exitCode === EXIT.pass, submissionId: id, exitCode, runs });
  else printLine(context, verdictTable(runs, widthOf(world)));
  warnOfFlakes(world, result.runs);
  return exitCode;
}

/** A list changes what an exit code means, so it is never silent. */
function expectedNote({ spec }: PreparedSubmission, { expectations }: SubmitOptions): string {
  const listed = spec.runs.filter((run) => run.expectCases || (run.expect ?? 'pass') !== 'pass');
  const names = listed.map((run) => run.name ?? run.image).join(', ');
  return `--expectations ${expectations}: ${counted(listed.length, 'test')} listed as failing or flaky${names && `: ${names}`}`;
}

function reportCreated(
  { context }: CommandWorld,
  { submission, runs }: SubmissionCreated,
  options: SubmitOptions,
): number {
  const ids = runs.map(({ id, name }) => ({ id, name }));
  if (options.json) printJson(context, { ok: true, submissionId: submission.id, runs: ids });
  else printLine(context, submission.id);
  return EXIT.pass;
}

async function prepare(
  paths: readonly string[],
  options: SubmitOptions,
): Promise<PreparedSubmission> {
  const [first] = paths;
  if (first === undefined) throw new UsageError('name an image, a folder or a spec');
  if (paths.some(isSpecName)) {
    if (paths.length > 1) throw new UsageError('a spec is submitted alone');
    refuseRunOptions(options);
    return overruled(await prepareSpec(first), options);
  }
  const images = paths.flatMap((path) => imagesAt(path, options.target));
  return await prepareImages(images, {
    name: options.name ?? basename(first),
    priority: options.priority,
    run: runOptions(options),
  });
}

function imagesAt(path: string, target: string | undefined): ReturnType<typeof findImages> {
  if (!statOf(path).isDirectory() && !isImageName(path))
    throw new UsageError(
      `${path}: neither an image (.elf .hex .uf2 .bin) nor a spec (.yaml .json)`,
    );
  return findImages(path, target);
}

function runOptions(options: SubmitOptions): Partial<SpecRun> {
  const { board, fixture, tag, timeout, hostTest, clock, repeat } = options;
  const wanted = { board, fixtures: fixture, tags: tag };
  const all = { ...wanted, timeoutMs: timeout, hostTest, clock, repeat };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A spec says all about its runs: an option that changed some of it silently would be a trap. */
function refuseRunOptions(options: SubmitOptions): void {
  const given = [...Object.keys(runOptions(options)), ...(options.target ? ['target'] : [])];
  if (given.length > 0)
    throw new UsageError(`a spec says it itself: leave out the options for ${given.join(', ')}`);
}

function overruled(prepared: PreparedSubmission, options: SubmitOptions): PreparedSubmission {
  const { name = prepared.spec.name, priority = prepared.spec.priority } = options;
  return { ...prepared, spec: { ...prepared.spec, name, priority } };
}

function widthOf({ context }: CommandWorld): { width?: number } {
  return context.stdout.columns === undefined ? {} : { width: context.stdout.columns };
}

function warnOfFlakes(
  { context }: CommandWorld,
  runs: readonly { readonly name: string; readonly verdict: Verdict | null }[],
): void {
  const names = runs.filter((run) => run.verdict === 'flaky').map((run) => run.name);
  if (names.length > 0)
    noteLine(context, `warning: flaky, passed only after a failure: ${names.join(', ')}`);
}
