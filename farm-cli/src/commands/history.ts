import type { SeriesPoint, SeriesState, SeriesView, TestResult } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT, UsageError } from '../exit-code.js';
import { duration, table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface HistoryOptions extends FarmOptions {
  readonly limit: number;
  readonly json?: boolean;
}

interface SeriesOptions extends HistoryOptions {
  readonly branch?: string;
}

export function addHistory(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('history'))
    .summary('results of one test over builds')
    .argument('<target>', 'such as K64F')
    .argument('<image>', 'name of the image, such as app.elf')
    .argument('[case]', 'one of its cases; else the image as a whole')
    .option('--limit <count>', 'most results to list', wholeNumber(1, 10_000), 50)
    .option('--json', 'print JSON')
    .action(async (target: string, image: string, name = '', options: HistoryOptions) => {
      const { client } = farmOf(context, options);
      const test = (await takeFirst(client.analysis.tests({ target, image, case: name }), 1))[0];
      if (!test)
        throw new UsageError(
          `no result of ${[image, name].filter(Boolean).join(' / ')} on ${target}: greenrack runs lists what there is`,
        );
      const results = await takeFirst(client.analysis.testHistory(test.id), options.limit);
      const headings = ['WHEN', 'VERDICT', 'TIME', 'BOARD', 'COMMIT', 'REF', 'RUN'];
      if (options.json) printJson(context, results);
      else printLine(context, table(headings, results.map(resultRow), context.stdout.columns));
      end(EXIT.pass);
    });
}

function resultRow(result: TestResult): string[] {
  const { origin, durationUs } = result;
  return [
    timeOf(result.atMs),
    result.verdict ?? 'no result',
    durationUs === null ? '–' : duration(durationUs / 1000),
    result.boardName ?? result.boardSerial,
    origin?.sha.slice(0, 12) ?? result.imageSha256.slice(0, 12),
    origin?.ref?.replace('refs/heads/', '') ?? '',
    result.runId,
  ];
}

export function addSeries(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('series'))
    .summary('metrics over builds: list series, or the points of one')
    .argument('[series]', 'id of a series: show its points')
    .option('--limit <count>', 'most lines', wholeNumber(1, 10_000), 50)
    .option('--branch <ref>', 'only points of this branch')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, options: SeriesOptions) => {
      const { client } = farmOf(context, options);
      const found = await (id === undefined
        ? allSeries(client, options)
        : pointsOf(client, id, options));
      if (options.json) printJson(context, found.items);
      else printLine(context, table(found.headings, found.rows, context.stdout.columns));
      end(EXIT.pass);
    });
}

async function allSeries(client: FarmClient, { limit }: SeriesOptions) {
  const items = await takeFirst(client.analysis.series(), limit);
  const states = await client.analysis.seriesStates(items.map(({ id }) => id));
  const headings = ['SERIES', 'METRIC', 'UNIT', 'TARGET', 'IMAGE', 'CASE', 'BOARD', 'STATE'];
  const rows = items.map((one) => [
    ...seriesRow(one),
    stateText(states.filter(({ seriesId }) => seriesId === one.id)),
  ]);
  return { items, headings, rows };
}

function seriesRow(series: SeriesView): string[] {
  const { id, metric, unit, target, imageName, caseName, boardSerial } = series;
  return [id, metric, unit, target, imageName, caseName ?? '', boardSerial];
}

/** The state on each branch, the one that was looked at last first. */
function stateText(states: readonly SeriesState[]): string {
  const sorted = [...states].sort((a, b) => b.changedMs - a.changedMs);
  const texts = sorted.map(({ ref, state, profile, gates }) => {
    const branch = states.length > 1 && ref !== null ? `${ref.replace('refs/heads/', '')}: ` : '';
    return `${branch}${profile}, ${state}${gates ? '' : ', gate lost'}`;
  });
  return texts.join('; ');
}

async function pointsOf(client: FarmClient, id: string, { limit, branch }: SeriesOptions) {
  const items = await takeFirst(client.analysis.points(id, branch), limit);
  const headings = ['WHEN', 'VALUE', 'REPEATS', 'DEVIATION', 'COMMIT', 'REF', 'RUN'];
  return { items, headings, rows: items.map(pointRow) };
}

function pointRow(point: SeriesPoint): string[] {
  return [
    timeOf(point.atMs),
    String(point.value),
    String(point.repeats),
    String(point.deviation),
    (point.sha ?? point.imageSha256).slice(0, 12),
    point.ref?.replace('refs/heads/', '') ?? '',
    point.runId,
  ];
}
