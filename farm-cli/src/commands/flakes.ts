import type { Flake } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface FlakeOptions extends FarmOptions {
  readonly days: number;
  readonly target?: string;
  readonly image?: string;
  readonly json?: boolean;
}

export function addFlakes(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('flakes'))
    .summary('tests that passed and failed with one image: how often, and where')
    .option('--days <count>', 'how far to look back', wholeNumber(1, 30), 14)
    .option('--target <target>', 'on boards of this target only')
    .option('--image <name>', 'of this image only')
    .option('--json', 'print JSON')
    .action(async ({ days, target, image, json, ...options }: FlakeOptions) => {
      const filter = { days: String(days), ...(target && { target }), ...(image && { image }) };
      const report = await farmOf(context, options).client.analysis.flakes(filter);
      if (json) printJson(context, report);
      else printLine(context, table(HEADINGS, report.items.map(flakeRow), context.stdout.columns));
      if (!json) noteLine(context, `of ${report.attempts} attempts in ${days} days`);
      end(EXIT.pass);
    });
}

const HEADINGS = ['TEST', 'TARGET', 'FAILED', 'RATE', '95 %', 'MORE OFTEN', 'LAST'];
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function flakeRow(flake: Flake): string[] {
  const { imageName, caseName, target, failures, runs, rate, low, high, clusters } = flake;
  const where = clusters.map((one) => `${one.by} ${one.value} (${one.failures} of ${one.runs})`);
  return [
    caseName === null ? imageName : `${imageName} / ${caseName}`,
    ...[target, `${failures} of ${runs}`, percent(rate), `${percent(low)} to ${percent(high)}`],
    ...[where.join(', '), timeOf(flake.lastMs)],
  ];
}
