import { UsageError } from '../exit-code.js';

/** What a call of the stock runner says, as far as a farm needs it. */
export interface HtrunArgs {
  readonly image?: string;
  readonly target?: string;
  /** Name of the chip. Mbed OS gives the target by it; Mbed CE a part number, beside the target. */
  readonly micro?: string;
  /** Name of the test, which is also the name of its image below `buildDir`. */
  readonly testName?: string;
  readonly buildDir?: string;
  /** Serial of the board, when the call insists on one. */
  readonly board?: string;
  readonly compareLog?: string;
  /** Seconds. */
  readonly pollingTimeout?: number;
}

/** Options with a value that matter here. */
const MEANT: Readonly<Record<string, keyof HtrunArgs>> = {
  '-f': 'image',
  '--image-path': 'image',
  '-m': 'micro',
  '--micro': 'micro',
  '--mbed-target': 'target',
  '--test-name': 'testName',
  '-n': 'testName',
  '--build-dir': 'buildDir',
  '--target-id': 'board',
  '--compare-log': 'compareLog',
  '-P': 'pollingTimeout',
  '--polling-timeout': 'pollingTimeout',
};
/** Options with a value that the farm decides by itself: ports, timing and tools belong to the board. */
const WITH_VALUE = new Set(
  `-p --port -d --disk -e --enum-host-tests -r --reset -R --reset-timeout -C --program_cycle_s --program-cycle-s -c --copy -y --retry-copy
  --reset-type --baud-rate --sync --sync-timeout --sync-predelay --process-start-timeout --serial-output-file
  --tag-filters --digest -w --plugins-data --format --skip-exit-code --url`.split(/\s+/),
);
/** A board's id, as probes have it; `-t` is a target's name to Mbed CE, and a board's id to Mbed OS. */
const TARGET_ID = /^[0-9a-fA-F]{9,64}$/;
/** Flags without a meaning here: every run is flashed, reset and torn down by the farm. */
const FLAGS = new Set(
  '--skip-flashing --skip-reset --skip-setup -v --verbose --json --send-break-cmd'.split(' '),
);

/**
 * Reads the command line of `mbedhtrun`.
 * @throws UsageError for an option that is not known: what it would have done must not be left out unseen
 */
export function parseHtrunArgs(args: readonly string[]): HtrunArgs {
  const found: Record<string, string | number> = {};
  for (let i = 0; i < args.length; i++) {
    const { option, inline } = splitOption(args[i] ?? '');
    if (FLAGS.has(option) && inline === undefined) continue;
    if (MEANT[option] === undefined && option !== '-t' && !WITH_VALUE.has(option))
      throw new UsageError(`ctest-run: '${args[i]}' is not known; see docs/ctest.md for what is`);
    const value = inline ?? args[++i];
    if (value === undefined) throw new UsageError(`ctest-run: ${option} lacks its value`);
    const key = option === '-t' ? targetOrBoard(value) : MEANT[option];
    if (key !== undefined) found[key] = key === 'pollingTimeout' ? secondsOf(value) : value;
  }
  return found as HtrunArgs;
}

const targetOrBoard = (value: string): keyof HtrunArgs =>
  TARGET_ID.test(value) ? 'board' : 'target';

/** `--name=value`, `--name value`, `-nvalue` or `-n value`. */
function splitOption(argument: string): { option: string; inline?: string } {
  const equals = argument.indexOf('=');
  if (argument.startsWith('--'))
    return equals < 0
      ? { option: argument }
      : { option: argument.slice(0, equals), inline: argument.slice(equals + 1) };
  return argument.length > 2 && argument.startsWith('-')
    ? { option: argument.slice(0, 2), inline: argument.slice(2) }
    : { option: argument };
}

function secondsOf(text: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new UsageError(`ctest-run: expected seconds for --polling-timeout, got '${text}'`);
}
