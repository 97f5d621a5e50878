import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, noteLine, onSignals, printJson, printLine } from '../cli-context.js';
import { CoverageCollector } from '../coverage/collect-coverage.js';
import { readCoverageArchive } from '../coverage/coverage-archive.js';
import {
  type CoverageSource,
  coverageOfFile,
  coverageOfRuns,
} from '../coverage/coverage-attempts.js';
import { CoverageCounts } from '../coverage/coverage-counts.js';
import { GcovRunner } from '../coverage/gcov-runner.js';
import { type CoverageTotals, lcovFile } from '../coverage/lcov-file.js';
import { NotesIndex } from '../coverage/notes-index.js';
import { type SourceNaming, sourceNames } from '../coverage/source-names.js';
import { EXIT, UsageError } from '../exit-code.js';
import { safeText } from '../output/safe-text.js';
import { counted } from '../output/table.js';
import { type CommandWorld, collected, type FarmOptions, farmOf, withFarm } from './options.js';
import { writeOutput } from './write-output.js';

interface CoverageOptions extends FarmOptions, SourceNaming {
  readonly buildDir: string[];
  readonly output: string;
  readonly gcov: string;
  readonly archive?: string[];
  readonly json?: boolean;
}

/** Dumps that were counted, that were lost on the way, and that are of another build. */
interface Tally {
  counted: number;
  lost: number;
  foreign: number;
}

export function addCoverage(program: Command, world: CommandWorld): void {
  withFarm(program.command('coverage'))
    .summary(
      "turn the coverage that runs printed into a tracefile for lcov, with the build's .gcno files",
    )
    .argument('[ids...]', 'ids of runs or submissions; all their attempts are added up')
    .requiredOption(
      '--build-dir <dir>',
      'folder with the .gcno files of the images (repeatable)',
      collected,
    )
    .option('-o, --output <file>', 'tracefile to write', 'coverage.info')
    .option('--gcov <program>', 'gcov of the compiler that made the images', 'arm-none-eabi-gcov')
    .option('--archive <file>', 'archive of an attempt, downloaded before (repeatable)', collected)
    .option('--strip <prefix>', 'folder to cut off the paths of sources (repeatable)', collected)
    .option('--source-root <dir>', 'folder to put before paths of sources that are relative')
    .option('--json', 'print the sums as one JSON object')
    .action(async (ids: string[], options: CoverageOptions) => {
      const stop = new AbortController();
      let signalExit: number | undefined;
      const off = onSignals(world.context, (name) => {
        signalExit = name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
        stop.abort();
      });
      try {
        world.end(
          await writeCoverage({ context: world.context, options, signal: stop.signal }, ids),
        );
      } catch (error) {
        if (signalExit === undefined) throw error;
        world.end(signalExit);
      } finally {
        off();
      }
    });
}

interface Call {
  readonly context: CliContext;
  readonly options: CoverageOptions;
  readonly signal: AbortSignal;
}

async function writeCoverage(call: Call, ids: readonly string[]): Promise<number> {
  const { context, options, signal } = call;
  const path = (name: string) => resolve(context.cwd, name);
  const { client } = farmOf(context, options);
  const files = (options.archive ?? []).map((file) => coverageOfFile(path(file)));
  const sources = [...files, ...(await coverageOfRuns(client, ids, signal))];
  if (sources.length === 0) throw new UsageError('name runs, submissions, or files with --archive');
  const notes = new NotesIndex(options.buildDir.map(path));
  const counts = new CoverageCounts(sourceNames(options));
  const gcov = options.gcov.includes('/') ? path(options.gcov) : options.gcov;
  const runner = new GcovRunner({ gcov, env: context.env, signal });
  try {
    const collector = new CoverageCollector(notes, runner, counts);
    const tally = { counted: 0, lost: 0, foreign: 0 };
    for (const source of sources) await addSource(call, { source, collector, tally });
    return report(call, counts, tally);
  } finally {
    runner.close();
  }
}

/** Adds the attempts of one run. One that printed nothing at all counts as a loss: its code has run, or should have. */
async function addSource(
  { context }: Call,
  {
    source,
    collector,
    tally,
  }: { source: CoverageSource; collector: CoverageCollector; tally: Tally },
): Promise<void> {
  let seen = 0;
  for (const archive of source.archives) {
    const { counted: added, problems } = await collector.add(readCoverageArchive(archive()));
    seen += added + problems.length;
    tally.counted += added;
    for (const { path, why } of problems) {
      tally[why.kind]++;
      noteLine(context, safeText(`${source.label}: ${path} ${why.message}`));
    }
  }
  noteLine(context, safeText(`${source.label}: ${counted(seen, 'coverage file')}`));
  if (seen > 0) return;
  tally.lost++;
  noteLine(
    context,
    '  no coverage: was its image built with --coverage, and did it come to its end?',
  );
}

function report({ context, options }: Call, counts: CoverageCounts, tally: Tally): number {
  const exitCode = exitCodeOf(tally);
  const { text, totals } = lcovFile(counts);
  const output = tally.counted > 0 ? writeOutput(context, options.output, text) : null;
  if (output === null)
    noteLine(context, `nothing could be counted; ${options.output} is not written`);
  else if (exitCode !== EXIT.pass) noteLine(context, `${output} is incomplete: ${lossText(tally)}`);
  if (options.json)
    printJson(context, { ok: exitCode === EXIT.pass, output, exitCode, ...totals, ...tally });
  else if (output !== null) printLine(context, summaryText(output, totals));
  return exitCode;
}

/** Another build is a mistake in the call, and outweighs what the console lost. */
function exitCodeOf({ lost, foreign }: Tally): number {
  if (foreign > 0) return EXIT.usage;
  return lost > 0 ? EXIT.infrastructure : EXIT.pass;
}

const lossText = ({ lost, foreign }: Tally): string =>
  `${lost} lost or damaged, ${foreign} not of this build; see above`;

function summaryText(output: string, totals: CoverageTotals): string {
  const { files, linesHit, linesTotal, functionsHit, functionsTotal } = totals;
  const lines = `${linesHit} of ${counted(linesTotal, 'line')} (${percent(linesHit, linesTotal)})`;
  const functions = `${functionsHit} of ${counted(functionsTotal, 'function')} (${percent(functionsHit, functionsTotal)})`;
  return `${output}: ${counted(files, 'file')}, ${lines}, ${functions}`;
}

/** Rounded down: 100 % means all. */
const percent = (part: number, all: number): string =>
  all === 0 ? 'none' : `${(Math.floor((1000 * part) / all) / 10).toFixed(1)} %`;
