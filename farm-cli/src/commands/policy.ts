import {
  MAX_POLICY_BYTES,
  POLICY_FILE,
  type Policy,
  type PolicyTrial,
  policySchema,
} from '@greenrack/farm-protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { type CliContext, noteLine, printJson, printLine } from '../cli-context.js';
import { checkedData, readTextFile, yamlData } from '../data-file.js';
import { EXIT, UsageError } from '../exit-code.js';
import { readOrigin } from '../origin/read-origin.js';
import { repositoryName } from '../origin/repository-name.js';
import { table, timeOf } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

const DAY_MS = 24 * 3_600_000;

interface TryOptions extends FarmOptions {
  readonly since: number;
  readonly repository?: string;
  readonly json?: boolean;
}

/** Commands about what a repository says of its checks. */
export function addPolicy(program: Command, { context, end }: CommandWorld): void {
  const policy = program.command('policy').summary('what a repository says of its checks');
  policy
    .command('lint')
    .summary('check a policy file; no farm is needed')
    .argument('[file]', 'the policy', POLICY_FILE)
    .action((file: string) => {
      const { suites } = readPolicy(file);
      const checks = suites.reduce((sum, { targets }) => sum + targets.length, 0);
      printLine(context, `${file}: good; it names ${suites.length} suites with ${checks} checks`);
      end(EXIT.pass);
    });
  withFarm(policy.command('try'))
    .summary('what a policy would have said of what was submitted before')
    .argument('[file]', 'the policy', POLICY_FILE)
    .option('--since <days>', 'how far back, such as 30d', daysBack, 30)
    .option('--repository <host/path>', 'of which repository (default: that of this folder)')
    .option('--json', 'print JSON')
    .action(async (file: string, options: TryOptions) => {
      const trial = await tryPolicy(context, file, options);
      if (options.json) printJson(context, trial);
      else printTrial(context, trial);
      end(EXIT.pass);
    });
}

/** @throws FarmError `invalid_spec` that names file, line and path */
function readPolicy(file: string): Policy {
  return checkedData(policySchema, yamlData(file, readTextFile(file, MAX_POLICY_BYTES)));
}

async function tryPolicy(
  context: CliContext,
  file: string,
  { since, repository: named, ...options }: TryOptions,
): Promise<PolicyTrial> {
  const policy = readPolicy(file);
  const origin = named === undefined ? await readOrigin(context, context.cwd) : undefined;
  const repository = named === undefined ? origin?.repository : repositoryOf(named);
  if (repository === undefined)
    throw new UsageError('this folder has no repository with an address: say --repository');
  const sinceMs = Date.now() - since * DAY_MS;
  return await farmOf(context, options).client.github.tryPolicy({ repository, sinceMs, policy });
}

const repositoryOf = (text: string): string =>
  text.includes('://') || text.includes('@') ? (repositoryName(text) ?? text) : text;

function printTrial(context: CliContext, { commits, cut }: PolicyTrial): void {
  const rows = commits.flatMap(({ sha, submittedMs, checks }) =>
    checks.map(({ name, before, after, title }) => [
      ...[sha.slice(0, 10), timeOf(submittedMs), name, before, after],
      before === after ? '' : title,
    ]),
  );
  const headings = ['COMMIT', 'SUBMITTED', 'CHECK', 'WITHOUT', 'WITH', 'WHY'];
  printLine(context, table(headings, rows, context.stdout.columns));
  const changed = rows.filter(([, , , before, after]) => before !== after).length;
  printLine(context, `\n${changed} of ${rows.length} checks would have said something else`);
  if (cut) noteLine(context, 'There is more than one trial looks at: say a shorter --since.');
}

function daysBack(text: string): number {
  const days = Number(/^(\d{1,4})d?$/.exec(text)?.[1]);
  if (days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('expected days from 1d to 3650d.');
}
