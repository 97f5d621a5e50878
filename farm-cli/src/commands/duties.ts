import { dutyIdSchema, parseOrThrow } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

const MAX_DUTIES = 10_000;

interface DutiesOptions extends FarmOptions {
  readonly dead?: boolean;
  readonly retry?: string;
  readonly json?: boolean;
}

export function addDuties(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('duties'))
    .summary('what the farm has still to do, and what it has given up')
    .option('--dead', 'only what was given up')
    .option('--retry <duty>', 'have this one tried at once')
    .option('--json', 'print JSON')
    .action(async ({ dead, retry, json, ...options }: DutiesOptions) => {
      const { client } = farmOf(context, options);
      if (retry !== undefined) {
        await client.upkeep.retryDuty(
          parseOrThrow(dutyIdSchema, retry, 'invalid_request', '--retry'),
        );
        noteLine(context, `${retry} is due now`);
        return end(EXIT.pass);
      }
      const duties = await takeFirst(client.upkeep.duties(dead ? 'dead' : 'all'), MAX_DUTIES);
      const rows = duties.map((duty) => [
        ...[duty.id, duty.kind, duty.subject, duty.dead ? 'given up' : timeOf(duty.dueMs)],
        ...[String(duty.tries), duty.lastError ?? ''],
      ]);
      const headings = ['DUTY', 'KIND', 'SUBJECT', 'DUE', 'FAILED', 'LAST ERROR'];
      if (json) printJson(context, duties);
      else printLine(context, table(headings, rows, context.stdout.columns));
      end(EXIT.pass);
    });
}
