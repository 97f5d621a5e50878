import type { SeriesComparison } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { percentOf } from '../output/percent.js';
import { table } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

interface CompareOptions extends FarmOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function addCompare(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('compare'))
    .summary('what two builds measured, with effect size and 95 % interval')
    .argument('<a>', 'a submission, a run, or first digits of a commit or an image')
    .argument('<b>', 'the same of what it is compared with')
    .option('--all', 'also metrics that are equal')
    .option('--json', 'print JSON')
    .action(async (a: string, b: string, { all, json, ...options }: CompareOptions) => {
      const found = await farmOf(context, options).client.analysis.compare(a, b);
      const shown = found.filter((one) => all || one.shift !== 0);
      if (json) printJson(context, found);
      else printLine(context, table(HEADINGS, shown.map(comparisonRow), context.stdout.columns));
      const equal = found.length - shown.length;
      if (!json && equal > 0) noteLine(context, `${equal} more are equal: --all lists them`);
      end(EXIT.pass);
    });
}

const HEADINGS = [
  'METRIC',
  'BOARD',
  'A',
  'B',
  'UNIT',
  'BY',
  '95 % OF THE SHIFT',
  'EFFECT',
  'P',
  '',
];

function comparisonRow(one: SeriesComparison): string[] {
  const { series, a, b, interval, effect, p, comparable } = one;
  const name = series.caseName === null ? series.metric : `${series.caseName} / ${series.metric}`;
  const remarks = [
    ...(comparable ? [] : ['other environment: incomparable']),
    ...[a, b].flatMap(({ modes }, i) =>
      modes.length > 1 ? [`${'AB'.charAt(i)} has modes at ${modes.join(' and ')}`] : [],
    ),
  ];
  return [
    ...[name, series.boardSerial, `${a.median} (n=${a.n})`, `${b.median} (n=${b.n})`, series.unit],
    ...[percentOf(a.median, b.median), `${interval[0]} to ${interval[1]}`],
    ...[effect.toFixed(2), p < 0.001 ? '<0.001' : p.toFixed(3), remarks.join('; ')],
  ];
}
