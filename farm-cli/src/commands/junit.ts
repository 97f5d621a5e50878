import { type Command, Option } from 'commander';
import { noteLine } from '../cli-context.js';
import type { ReportFormat } from '../client/farm-client.js';
import { EXIT } from '../exit-code.js';
import { safeLines } from '../output/safe-text.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';
import { writeOutput } from './write-output.js';

interface JunitOptions extends FarmOptions {
  readonly output?: string;
  readonly format: ReportFormat;
}

export function addJunit(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('junit'))
    .summary("print a submission's report as JUnit XML, CTRF JSON or TAP")
    .argument('<submission>', 'id of the submission')
    .option('-o, --output <file>', 'write to this file instead of stdout')
    .addOption(
      new Option('--format <format>', 'form of the report')
        .choices(['junit', 'ctrf', 'tap'])
        .default('junit'),
    )
    .action(async (submission: string, options: JunitOptions) => {
      const { client } = farmOf(context, options);
      const report = await client.report(submission, options.format);
      if (options.output === undefined)
        context.stdout.write(context.stdout.isTTY ? safeLines(report) : report);
      else noteLine(context, `wrote ${writeOutput(context, options.output, report)}`);
      end(EXIT.pass);
    });
}
