import type { GithubFinding } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import { printJson, printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table } from '../output/table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';

/** Adds `github` to the command `doctor`: whether the farm's App works. */
export function addDoctorGithub(doctor: Command, { context, end }: CommandWorld): void {
  withFarm(doctor.command('github'))
    .summary('prove key, clock, access, webhook and installations of the farm’s GitHub App')
    .option('--json', 'print JSON')
    .action(async (_: FarmOptions, command: Command) => {
      // `--json` is an option of `doctor` too, which takes it first.
      const { json, ...options } = command.optsWithGlobals<FarmOptions & { json?: boolean }>();
      const { findings } = await farmOf(context, options).client.github.githubCheckup();
      if (json) printJson(context, findings);
      else printLine(context, render(findings));
      end(findings.every(({ state }) => state === 'ok') ? EXIT.pass : EXIT.infrastructure);
    });
}

const MARKS = { ok: 'ok', wrong: 'BAD', unknown: '?' } as const;

/** What is wrong stands first on its line and is not cut: it says what to do. */
function render(findings: readonly GithubFinding[]): string {
  const rows = findings.map(({ subject, state, found, fix }) => [
    ...[MARKS[state], subject, fix === undefined ? found : `${found}: ${fix}`],
  ]);
  return table(['', 'WHAT', 'FOUND'], rows);
}
