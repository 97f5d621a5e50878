import type { StorageView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

export function addStorage(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('storage'))
    .summary('what the farm keeps and for how long, and what goes when; changes nothing')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: FarmOptions & { readonly json?: boolean }) => {
      const view = await farmOf(context, options).client.storage();
      if (json) printJson(context, view);
      else printLine(context, describe(view, context.stdout.columns));
      end(EXIT.pass);
    });
}

const MIB = 1024 * 1024;

function describe({ policy, images, forecast, freeBytes }: StorageView, width?: number): string {
  const { logsDays, failedLogsDays, imagesDays, branchNewest, boardHistoryDays } = policy;
  const rows = forecast.map((by) => [
    by.inDays === 0 ? 'now' : `in ${by.inDays} days`,
    ...[String(by.submissions), String(by.images)],
  ]);
  return [
    `${images.count} images, ${Math.round(images.bytes / MIB)} MiB; ${Math.round(freeBytes / MIB)} MiB are free`,
    `logs are kept ${logsDays} days, ${failedLogsDays} days after a failure; images ${imagesDays} days at least`,
    `all of tags, of what is pinned, and of the ${branchNewest} newest submissions of a branch; history of boards ${boardHistoryDays} days`,
    '',
    table(['GONE BY', 'LOGS OF SUBMISSIONS', 'IMAGES'], rows, width),
  ].join('\n');
}
