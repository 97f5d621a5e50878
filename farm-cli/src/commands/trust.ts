import type { OidcTrustView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { noteLine, printJson, printLine } from '../cli-context.js';
import { EXIT, UsageError } from '../exit-code.js';
import { table } from '../output/table.js';
import {
  type CommandWorld,
  collected,
  type FarmOptions,
  farmOf,
  wholeNumber,
  withFarm,
} from './options.js';

export function addTrust(program: Command, world: CommandWorld): void {
  const trust = program
    .command('trust')
    .summary('which workflows may submit without a secret, by their OIDC tokens');
  addAdd(trust, world);
  addList(trust, world);
  addRemove(trust, world);
}

interface AddOptions extends FarmOptions {
  readonly name: string;
  readonly owner: number;
  readonly repository?: number;
  readonly tenant?: string;
  readonly issuer?: string;
  readonly event?: string[];
  readonly workflow?: string;
  readonly sha?: string[];
}

const githubId = wholeNumber(1, Number.MAX_SAFE_INTEGER);

function addAdd(trust: Command, { context, end }: CommandWorld): void {
  withFarm(trust.command('add'))
    .summary('let workflows of a repository, or of all of an owner, have sessions')
    .requiredOption('--name <name>', 'what it is called in lists')
    .requiredOption('--owner <id>', 'number of the owner: `gh api users/NAME -q .id`', githubId)
    .option(
      '--repository <id>',
      'number of the repository: `gh api repos/OWNER/NAME -q .id`',
      githubId,
    )
    .option('--tenant <tenant>', 'whom its submissions are charged to')
    .option('--issuer <url>', 'who signs its tokens; default: the first that the farm knows')
    .option('--event <event>', 'only workflows of this event (repeatable)', collected)
    .option(
      '--workflow <path>',
      'only jobs of this reusable workflow: owner/name/.github/workflows/x.yml',
    )
    .option(
      '--sha <commit>',
      'with --workflow: the commit that it must be of (repeatable)',
      collected,
    )
    .action(async (options: AddOptions) => {
      const made = await farmOf(context, options).client.access.addTrust(requestOf(options));
      noteLine(context, `trust ${made.id}: ${made.name}`);
      end(EXIT.pass);
    });
}

function requestOf(options: AddOptions) {
  const { name, owner, repository, tenant, issuer, event, workflow, sha } = options;
  if ((workflow === undefined) !== (sha === undefined))
    throw new UsageError('--workflow and --sha go together: a name alone says nothing of what ran');
  const all = {
    ...{ name, repositoryOwnerId: owner, repositoryId: repository, tenant, issuer, events: event },
    workflow:
      workflow === undefined || sha === undefined ? undefined : { path: workflow, shas: sha },
  };
  return all;
}

function addList(trust: Command, { context, end }: CommandWorld): void {
  withFarm(trust.command('list'))
    .summary('list trusts')
    .option('--json', 'print JSON')
    .action(async (options: FarmOptions & { readonly json?: boolean }) => {
      const trusts = await farmOf(context, options).client.access.trusts();
      const headings = ['TRUST', 'NAME', 'OWNER', 'REPOSITORY', 'TENANT', 'ROLE', 'ONLY'];
      if (options.json) printJson(context, trusts);
      else printLine(context, table(headings, trusts.map(rowOf), context.stdout.columns));
      end(EXIT.pass);
    });
}

const rowOf = ({
  id,
  name,
  repositoryOwnerId,
  repositoryId,
  tenant,
  role,
  workflow,
}: OidcTrustView) => [
  ...[
    id,
    name,
    String(repositoryOwnerId),
    repositoryId === undefined ? 'all' : String(repositoryId),
  ],
  ...[tenant, role, workflow?.path ?? ''],
];

function addRemove(trust: Command, { context, end }: CommandWorld): void {
  withFarm(trust.command('remove'))
    .summary('give no more sessions by it, and end those that it gave')
    .argument('<trust>', 'its id, as the list shows it')
    .action(async (id: string, options: FarmOptions) => {
      const { endedSessions } = await farmOf(context, options).client.access.removeTrust(id);
      noteLine(context, `removed ${id}; sessions ended: ${endedSessions}`);
      end(EXIT.pass);
    });
}
