import type { FootprintView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { EXIT, UsageError } from '../exit-code.js';
import { percentOf } from '../output/percent.js';
import { table } from '../output/table.js';
import { hashFile } from '../submission/prepared.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

const MAX_BUDGET = 2 ** 32;

interface FootprintOptions extends FarmOptions {
  readonly base?: string;
  readonly maxFlash?: number;
  readonly maxRam?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function addFootprint(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('footprint'))
    .summary('flash and RAM of images by section, source file and symbol, beside a base')
    .argument('<image or submission>', 'an ELF file, the SHA-256 of an image, or a submission')
    .option('--base <image or submission>', 'what it is compared with: images of the same name')
    .option(
      '--max-flash <bytes>',
      'end with 1 when an image takes more',
      wholeNumber(0, MAX_BUDGET),
    )
    .option('--max-ram <bytes>', 'end with 1 when an image takes more', wholeNumber(0, MAX_BUDGET))
    .option('--limit <count>', 'most symbols and source files of each', wholeNumber(1, 500), 10)
    .option('--json', 'print JSON')
    .action(async (what: string, { base, limit, json, ...options }: FootprintOptions) => {
      const { client } = farmOf(context, options);
      const bases = base === undefined ? undefined : await imagesOf(client, base);
      const all: Named[] = [];
      for (const [name, sha256] of await imagesOf(client, what)) {
        const baseSha256 = bases && (bases.get(name) ?? onlyOf(bases));
        all.push({ name, ...(await client.analysis.footprint(sha256, baseSha256)) });
      }
      if (json) printJson(context, all);
      else for (const one of all) showFootprint(context, one, limit);
      const over = all.flatMap((one) => overBudget(one, options));
      for (const line of over) noteLine(context, line);
      end(over.length > 0 ? EXIT.testFailure : EXIT.pass);
    });
}

type Named = FootprintView & { readonly name: string };

/** Images by name. One that is named by itself has no other name here, and is compared with whatever the base is. */
async function imagesOf(client: FarmClient, what: string): Promise<Map<string, string>> {
  if (/^[0-9a-f]{64}$/.test(what)) return new Map([[what.slice(0, 12), what]]);
  if (!what.startsWith('sub_')) return new Map([[what, (await hashFile(what)).sha256]]);
  const runs = await client.runsOf(what);
  if (runs.length === 0) throw new UsageError(`${what} has no runs`);
  return new Map(runs.map(({ imageName, imageSha256 }) => [imageName, imageSha256]));
}

const onlyOf = (images: ReadonlyMap<string, string>): string | undefined =>
  images.size === 1 ? [...images.values()][0] : undefined;

interface Part {
  readonly bytes: number;
  readonly baseBytes: number | null;
}

function showFootprint(context: CliContext, one: Named, limit: number): void {
  const { name, totals, sections, modules, symbols, leftOut } = one;
  const { columns } = context.stdout;
  const changed = (parts: readonly (Part & { name: string; module?: string })[]) =>
    parts.filter(({ bytes, baseBytes }) => bytes !== baseBytes).slice(0, limit);
  const rows = [
    ...totals.map((part) => ['total', ...partRow(part.name, part)]),
    ...sections.map((part) => ['section', ...partRow(`${part.name} (${part.memory})`, part)]),
    ...changed(modules).map((part) => ['source', ...partRow(part.name || '?', part)]),
    ...changed(symbols).map((part) => [
      'symbol',
      ...partRow(`${part.module || '?'}: ${part.name}`, part),
    ]),
  ];
  printLine(context, `${name}\n${table(['', 'WHAT', 'BYTES', 'BEFORE', 'BY'], rows, columns)}`);
  if (leftOut > 0) noteLine(context, `${leftOut} smaller symbols are not listed`);
}

function partRow(name: string, { bytes, baseBytes }: Part): string[] {
  if (baseBytes === null) return [name, String(bytes), '', ''];
  const by = bytes - baseBytes;
  const share = baseBytes === 0 ? '' : ` (${percentOf(baseBytes, bytes)})`;
  return [name, String(bytes), String(baseBytes), `${by > 0 ? '+' : ''}${by}${share}`];
}

function overBudget({ name, totals }: Named, { maxFlash, maxRam }: Partial<FootprintOptions>) {
  const budgets = { flash: maxFlash, ram: maxRam };
  return totals.flatMap((total) => {
    const budget = budgets[total.name];
    if (budget === undefined || total.bytes <= budget) return [];
    return [
      `${name}: ${total.bytes} bytes of ${total.name}, ${total.bytes - budget} over its budget`,
    ];
  });
}
