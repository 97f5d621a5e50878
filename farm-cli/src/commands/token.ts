import { type Role, roleSchema } from '@greenrack/farm-protocol';
import { type Command, Option } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { takeFirst } from '../client/read-pages.js';
import { EXIT } from '../exit-code.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, wholeNumber, withFarm } from './options.js';
import { writeOutput } from './write-output.js';

const DAY_MS = 86_400_000;
const MAX_TOKENS = 10_000;

export function addToken(program: Command, world: CommandWorld): void {
  const token = program.command('token').summary('make, list and revoke access tokens');
  addCreate(token, world);
  addList(token, world);
  addRevoke(token, world);
}

interface CreateOptions extends FarmOptions {
  readonly name: string;
  readonly role: Role;
  readonly tenant?: string;
  readonly days?: number;
  readonly output?: string;
}

function addCreate(token: Command, { context, end }: CommandWorld): void {
  withFarm(token.command('create'))
    .summary('make a token; its secret is shown this once')
    .requiredOption('--name <name>', 'who or what will use it')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(roleSchema.options)
        .makeOptionMandatory(),
    )
    .option('--tenant <tenant>', 'whom its submissions are charged to')
    .option('--days <days>', 'days until it expires; default: never', wholeNumber(1, 3650))
    .option('-o, --output <file>', 'write the secret to this file (mode 600) instead of stdout')
    .action(async (options: CreateOptions) => {
      const { name, role, tenant, days } = options;
      const expiry = days === undefined ? {} : { expiresMs: Date.now() + days * DAY_MS };
      const request = { name, role, ...expiry, ...(tenant === undefined ? {} : { tenant }) };
      const created = await farmOf(context, options).client.access.createToken(request);
      noteLine(context, `token ${created.token.id} for ${name} (${role})`);
      if (options.output === undefined) printLine(context, created.secret);
      else writeOutput(context, options.output, `${created.secret}\n`, 0o600);
      end(EXIT.pass);
    });
}

interface ListOptions extends FarmOptions {
  readonly json?: boolean;
  readonly workflows?: boolean;
}

function addList(token: Command, { context, end }: CommandWorld): void {
  withFarm(token.command('list'))
    .summary('list tokens, without their secrets')
    .option('--workflows', 'the sessions of workflows, in place of the tokens of people')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const { access } = farmOf(context, options).client;
      const whose = options.workflows ? 'workflows' : 'people';
      const tokens = await takeFirst(access.tokens(whose), MAX_TOKENS);
      const rows = tokens.map((each) => [
        each.id,
        each.name,
        each.role,
        each.tenant,
        timeOf(each.createdMs),
        each.revokedMs === null ? timeOf(each.expiresMs) : `revoked ${timeOf(each.revokedMs)}`,
      ]);
      const headings = ['TOKEN', 'NAME', 'ROLE', 'TENANT', 'CREATED', 'ENDS'];
      if (options.json) printJson(context, tokens);
      else printLine(context, table(headings, rows, context.stdout.columns));
      end(EXIT.pass);
    });
}

function addRevoke(token: Command, { context, end }: CommandWorld): void {
  withFarm(token.command('revoke'))
    .summary('end a token at once')
    .argument('<token>', 'its id, as the list shows it')
    .action(async (id: string, options: FarmOptions) => {
      await farmOf(context, options).client.access.revokeToken(id);
      noteLine(context, `revoked ${id}`);
      end(EXIT.pass);
    });
}
