import { resolve } from 'node:path';
import { BANDS, CLOCKS, type Clock, EXPECTATIONS, type SpecRun } from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import { readCompareLog } from '../test-spec/compare-log-file.js';
import { collected, type FarmOptions, seconds, wholeNumber, withFarm } from './options.js';
import type { BuildOptions } from './submit-build.js';

export interface SubmitOptions extends FarmOptions, BuildOptions {
  readonly board?: string;
  readonly fixture?: string[];
  readonly tag?: string[];
  readonly timeout?: number;
  readonly hostTest?: string;
  readonly clock?: Clock;
  readonly compareLog?: string;
  readonly expect?: (typeof EXPECTATIONS)[number];
  readonly retries?: number;
  readonly maxAttempts?: number;
  readonly queueTimeout?: number;
  readonly repeat?: number;
  readonly name?: string;
  readonly priority?: (typeof BANDS)[number];
  readonly origin: boolean;
  readonly wait: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  greenrack submit build/K64F/app.elf                    the target is the name of the folder
  greenrack submit app.elf --target K64F --repeat 20
  greenrack submit BUILD --fixture ethernet --junit report.xml
  greenrack submit --ctest build -n 'hal-*'
  greenrack submit nightly.yaml --no-wait                prints the id for greenrack watch`;

/** The command with its options, without what it does. */
export function submitCommand(program: Command): Command {
  return withFarm(program.command('submit'))
    .summary('submit images, a folder of images or a spec, and wait for the verdicts')
    .argument(
      '[paths...]',
      'images (.elf .hex .uf2 .bin .img .wic), folders of them, or one spec (.yaml .json)',
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
    .option('--board <board>', 'run on this board only: its name or serial')
    .option('--fixture <fixture>', 'fixture that the board must have (repeatable)', collected)
    .option('--tag <tag>', 'tag that the board must have (repeatable)', collected)
    .option('--timeout <seconds>', 'most that one run may take (default: 600)', seconds)
    .option(
      '--queue-timeout <seconds>',
      'most that one run may wait for a board (default: 86400)',
      seconds,
    )
    .option('--host-test <name>', 'host test, instead of the one that the image asks for')
    .addOption(
      new Option(
        '--clock <clock>',
        'whose time a virtual board keeps; default: as the test needs',
      ).choices(CLOCKS),
    )
    .option('--compare-log <file>', 'judge by the console: it must show the lines of this file')
    .addOption(
      new Option('--expect <outcome>', 'what the runs are known to do; default: pass').choices(
        EXPECTATIONS,
      ),
    )
    .option(
      '--retries <count>',
      'further attempts after a fail, crash or hang; a pass is flaky then (default: 0)',
      wholeNumber(0, 5),
    )
    .option(
      '--max-attempts <count>',
      'attempts that trouble of the farm may cost (default: 3)',
      wholeNumber(1, 10),
    )
    .option('--repeat <count>', 'runs of each image (default: 1)', wholeNumber(1, 1000))
    .option(
      '--name <name>',
      'name of the submission; default: that of the first path, without its extension',
    )
    .addOption(new Option('--priority <band>', 'default: normal').choices(BANDS))
    .option('--no-origin', 'do not say which commit the images were built from')
    .option('--no-wait', 'end once the farm has the submission')
    .option('--junit <file>', 'write the JUnit report to this file')
    .option('--json', 'print one JSON object on stdout instead of the table')
    .addHelpText('after', EXAMPLES);
}

/** What the options say of every run. */
export function runOptions(options: SubmitOptions, cwd: string): Partial<SpecRun> {
  const { board, fixture, tag, timeout, queueTimeout, hostTest, repeat, expect } = options;
  const { clock, retries, maxAttempts, compareLog } = options;
  const log = compareLog === undefined ? {} : readCompareLog(resolve(cwd, compareLog));
  const all = {
    ...log,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    board,
    fixtures: fixture,
    tags: tag,
    queueTimeoutMs: queueTimeout,
    hostTest,
    clock,
    expect,
    retries,
    maxAttempts,
    repeat,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
