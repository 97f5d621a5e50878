import {
  type KeptDays,
  STREAM_DATA,
  type StorageView,
  type TenantUsage,
} from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { printJson, printLine } from '../cli-context.js';
import { EXIT, UsageError } from '../exit-code.js';
import { table } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface StorageOptions extends FarmOptions {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly maxMib?: number | null | undefined;
  readonly maxQueued?: number | null | undefined;
}

export function addStorage(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('storage'))
    .summary('what the farm keeps and for how long, what goes when, and what each tenant has')
    .option('--tenant <tenant>', 'set the quota of this tenant')
    .option('--max-mib <n>', "the most that its images and logs may have, or 'none'", orNone)
    .option('--max-queued <n>', "the most of its runs that may wait, or 'none'", orNone)
    .option('--json', 'print JSON')
    .action(async ({ json, tenant, maxMib, maxQueued, ...options }: StorageOptions) => {
      const { client } = farmOf(context, options);
      const quota = quotaOf({ maxMib, maxQueued });
      if ((tenant === undefined) !== (Object.keys(quota).length === 0))
        throw new UsageError('--tenant goes with --max-mib, --max-queued or both');
      if (tenant !== undefined) await client.upkeep.setQuota(tenant, quota);
      const view = await client.upkeep.storage();
      if (json) printJson(context, view);
      else printLine(context, describe(view, context.stdout.columns));
      end(EXIT.pass);
    });
}

const orNone = (text: string): number | null =>
  text === 'none' ? null : wholeNumber(0, 1_000_000_000)(text);

const quotaOf = ({ maxMib, maxQueued }: Pick<StorageOptions, 'maxMib' | 'maxQueued'>) => ({
  ...(maxMib !== undefined && { maxBytes: maxMib === null ? null : maxMib * MIB }),
  ...(maxQueued !== undefined && { maxQueuedRuns: maxQueued }),
});

const MIB = 1024 * 1024;

function describe(view: StorageView, width?: number): string {
  const { policy, images, forecast, freeBytes, tenants } = view;
  const { keep, failed, branchNewest, releases } = policy;
  const rows = forecast.map((by) => [
    by.inDays === 0 ? 'now' : `in ${by.inDays} days`,
    ...[String(by.submissions), String(by.images)],
  ]);
  return [
    `${images.count} images, ${Math.round(images.bytes / MIB)} MiB; ${Math.round(freeBytes / MIB)} MiB are free`,
    ...STREAM_DATA.map(
      (kind) => `${kind}: ${kept(keep[kind])}, ${kept(failed[kind])} after a failure`,
    ),
    `images: ${kept(keep.images)} at least; points of series: ${kept(keep.points)}; history of boards: ${kept(keep.transitions)}`,
    `all of what is pinned, of ${releases.join('*, ') || 'no ref'}*, and of the ${branchNewest} newest submissions of a branch`,
    '',
    table(['GONE BY', 'LOGS OF SUBMISSIONS', 'IMAGES'], rows, width),
    '',
    table(
      ['TENANT', 'IMAGES', 'UPLOADS', 'LOGS', 'OF AT MOST', 'RUNS WAIT', 'OF AT MOST'],
      tenants.map(usage),
      width,
    ),
  ].join('\n');
}

const kept = (days: KeptDays): string => (days === 'forever' ? 'for ever' : `${days} days`);

const usage = (one: TenantUsage): string[] => [
  ...[one.tenant, mebibytes(one.imageBytes), mebibytes(one.uploadBytes)],
  ...[mebibytes(one.logBytes), mebibytes(one.maxBytes)],
  ...[String(one.queuedRuns), one.maxQueuedRuns === null ? '-' : String(one.maxQueuedRuns)],
];

const mebibytes = (bytes: number | null): string =>
  bytes === null ? '-' : `${(bytes / MIB).toFixed(1)} MiB`;
