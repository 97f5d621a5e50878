import type { Command } from 'commander';
import { noteLine } from '../cli-context.js';
import { UsageError } from '../exit-code.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';
import { type OutcomeOptions, seeThrough } from './see-through.js';

interface RerunOptions extends FarmOptions, OutcomeOptions {
  readonly failed?: boolean;
}

export function addRerun(program: Command, world: CommandWorld): void {
  withFarm(program.command('rerun'))
    .summary('run a submission, what of it did not pass, or one run again, as a new submission')
    .argument('<id>', 'id of the submission or run; its results stay as they are')
    .option('--failed', 'of a submission only the runs that ended without passing')
    .option('--no-wait', 'end once the farm has the new submission')
    .option('--junit <file>', 'write the JUnit report to this file')
    .option('--json', 'print one JSON object on stdout instead of the table')
    .action(async (id: string, options: RerunOptions) => {
      const farm = farmOf(world.context, options);
      const isRun = id.startsWith('run_');
      if (isRun && options.failed)
        throw new UsageError('--failed chooses among the runs of a submission: leave it out');
      const created = isRun
        ? await farm.client.rerunRun(id)
        : await farm.client.rerunSubmission(id, options.failed ? 'failed' : 'all');
      noteLine(world.context, `again: ${id}`);
      world.end(await seeThrough(world, farm, { created, options }));
    });
}
