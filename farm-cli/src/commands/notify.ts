import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  NOTICE_KINDS,
  parseOrThrow,
  type SubscriptionView,
  subscriptionIdSchema,
  subscriptionRequestSchema,
} from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import { errorText } from '../error-text.js';
import { EXIT, UsageError } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

export function addNotify(program: Command, world: CommandWorld): void {
  const notify = program.command('notify').summary('whom the farm tells of what');
  addAdd(notify, world);
  addList(notify, world);
  addRemove(notify, world);
  addTest(notify, world);
}

interface AddOptions extends FarmOptions {
  readonly on: string;
  readonly filter: string;
  readonly email?: string;
  readonly webhookFile?: string;
  readonly slackFile?: string;
}

function addAdd(notify: Command, { context, end }: CommandWorld): void {
  withFarm(notify.command('add'))
    .summary('have messages sent')
    .argument('<name>', 'for people')
    .requiredOption('--on <kinds>', `with commas between: ${NOTICE_KINDS.join(', ')}`)
    .option('--filter <filter>', 'as lists are filtered: "ref:main -target:k64f"', '')
    .addOption(new Option('--email <address>', 'send mail').conflicts(['webhookFile', 'slackFile']))
    .addOption(
      new Option(
        '--webhook-file <file>',
        'post signed JSON to the URL in this file: such URLs are secrets',
      ).conflicts('slackFile'),
    )
    .option(
      '--slack-file <file>',
      'post to the incoming webhook of Slack whose URL is in this file',
    )
    .action(async (name: string, { on, filter, ...options }: AddOptions) => {
      const kinds = on.split(',').map((kind) => kind.trim());
      const wish = { name, kinds, filter, target: targetOf(context, options) };
      const request = parseOrThrow(subscriptionRequestSchema, wish, 'invalid_request', 'notify');
      const { client } = farmOf(context, options);
      const { subscription, secret } = await client.notify.add(request);
      if (secret !== undefined) noteLine(context, `its messages are signed with ${secret}`);
      noteLine(context, `greenrack notify test ${subscription.id} shows whether they arrive`);
      printLine(context, subscription.id);
      end(EXIT.pass);
    });
}

type Where = Pick<AddOptions, 'email' | 'webhookFile' | 'slackFile'>;

function targetOf(context: CliContext, { email, webhookFile, slackFile }: Where) {
  if (email !== undefined) return { kind: 'email', address: email };
  if (webhookFile !== undefined) return { kind: 'webhook', url: lineOf(context, webhookFile) };
  if (slackFile !== undefined) return { kind: 'slack', url: lineOf(context, slackFile) };
  throw new UsageError('say where to: --email, --webhook-file or --slack-file');
}

function lineOf(context: CliContext, file: string): string {
  try {
    return readFileSync(resolve(context.cwd, file), 'utf8').trim();
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${errorText(error)}`);
  }
}

const HEADINGS = ['SUBSCRIPTION', 'NAME', 'TENANT', 'ON', 'FILTER', 'TO', 'LAST', 'STATE'];

function addList(notify: Command, { context, end }: CommandWorld): void {
  withFarm(notify.command('list'))
    .summary('who is told of what, and whether it arrives')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: FarmOptions & { readonly json?: boolean }) => {
      const all = await farmOf(context, options).client.notify.list();
      if (json) printJson(context, all);
      else printLine(context, table(HEADINGS, all.map(rowOf), context.stdout.columns));
      end(EXIT.pass);
    });
}

function rowOf(one: SubscriptionView): string[] {
  const { id, name, tenant, kinds, filter, target, waiting, refused, lastError } = one;
  const states = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(refused > 0 ? [`${refused} refused: ${lastError}`] : []),
  ];
  const to = `${target.kind} ${target.to}`;
  return [id, name, tenant, kinds.join(','), filter, to, timeOf(one.lastSentMs), states.join(', ')];
}

function addRemove(notify: Command, { context, end }: CommandWorld): void {
  withFarm(notify.command('remove'))
    .summary('send no more, also of what waits')
    .argument('<subscription>', 'its id')
    .action(async (text: string, options: FarmOptions) => {
      const id = parseOrThrow(subscriptionIdSchema, text, 'invalid_request', 'subscription');
      await farmOf(context, options).client.notify.remove(id);
      noteLine(context, `${id} is removed`);
      end(EXIT.pass);
    });
}

function addTest(notify: Command, { context, end }: CommandWorld): void {
  withFarm(notify.command('test'))
    .summary('send a message now, and say whether it was taken')
    .argument('<subscription>', 'its id')
    .action(async (text: string, options: FarmOptions) => {
      const id = parseOrThrow(subscriptionIdSchema, text, 'invalid_request', 'subscription');
      const { delivered, detail } = await farmOf(context, options).client.notify.test(id);
      printLine(context, detail);
      end(delivered ? EXIT.pass : EXIT.infrastructure);
    });
}
