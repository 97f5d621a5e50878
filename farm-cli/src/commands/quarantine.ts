import {
  parseOrThrow,
  quarantineIdSchema,
  quarantineRequestSchema,
} from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';

interface AddOptions extends FarmOptions {
  readonly days: number;
  readonly reason: string;
  readonly repository?: string;
  readonly suite?: string;
  readonly target?: string;
  readonly run?: string;
}

/** Commands about cases that are reported and do not gate. */
export function addQuarantine(program: Command, { context, end }: CommandWorld): void {
  const quarantine = program
    .command('quarantine')
    .summary('cases that are reported and do not fail checks');
  withFarm(quarantine.command('list'))
    .summary('which there are, whose, and until when')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: FarmOptions & { json?: boolean }) => {
      const cases = await farmOf(context, options).client.github.quarantined();
      const rows = cases.map((one) => [
        ...[one.id, one.case, one.run ?? '', one.target ?? '', one.suite ?? ''],
        ...[one.repository ?? '', one.owner, timeOf(one.untilMs), one.reason],
      ]);
      const headings = ['ID', 'CASE', 'RUN', 'TARGET', 'SUITE', 'REPOSITORY', 'OWNER', 'UNTIL'];
      if (json) printJson(context, cases);
      else printLine(context, table([...headings, 'REASON'], rows, context.stdout.columns));
      end(EXIT.pass);
    });
  withFarm(quarantine.command('add'))
    .summary('have a case reported and not fail checks, for some days')
    .argument('<case>', 'its name')
    .requiredOption('--reason <text>', 'why')
    .option('--days <n>', 'for how long', wholeNumber(1, 90), 14)
    .option('--repository <host/path>', 'only in this repository')
    .option('--suite <name>', 'only in this suite')
    .option('--target <target>', 'only on this target')
    .option('--run <name>', 'only in this run')
    .action(async (name: string, { url, ...options }: AddOptions) => {
      const wish = { case: name, ...options };
      const request = parseOrThrow(quarantineRequestSchema, wish, 'invalid_request', 'quarantine');
      const { id } = await farmOf(
        context,
        url === undefined ? {} : { url },
      ).client.github.quarantine(request);
      printLine(context, id);
      end(EXIT.pass);
    });
  withFarm(quarantine.command('lift'))
    .summary('let a case fail checks again')
    .argument('<id>', 'as the list has it')
    .action(async (text: string, options: FarmOptions) => {
      const id = parseOrThrow(quarantineIdSchema, text, 'invalid_request', 'id');
      await farmOf(context, options).client.github.liftQuarantine(id);
      noteLine(context, `${id} is lifted`);
      end(EXIT.pass);
    });
}
