import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { addDoctor } from './commands/bench.js';
import { addBoards } from './commands/boards.js';
import { addBisect, addChanges } from './commands/changes.js';
import { addCompare } from './commands/compare.js';
import { addCompletion } from './commands/completion.js';
import { addCoverage } from './commands/coverage.js';
import { addCtestRun } from './commands/ctest-run.js';
import { addDemo } from './commands/demo.js';
import { addDuties } from './commands/duties.js';
import { addFlakes } from './commands/flakes.js';
import { addFootprint } from './commands/footprint.js';
import { addHistory, addSeries } from './commands/history.js';
import { addJunit } from './commands/junit.js';
import { addLog } from './commands/log.js';
import { addNightly } from './commands/nightly.js';
import { addNotify } from './commands/notify.js';
import type { CommandWorld } from './commands/options.js';
import { addPolicy } from './commands/policy.js';
import { addQuarantine } from './commands/quarantine.js';
import { addRerun } from './commands/rerun.js';
import { addAgent, addBackup, addController, addRestore } from './commands/room.js';
import { addRuns } from './commands/runs.js';
import { addSchedules } from './commands/schedules.js';
import { addStorage } from './commands/storage.js';
import { addSubmissions } from './commands/submissions.js';
import { addSubmit } from './commands/submit.js';
import { addToken } from './commands/token.js';
import { addTrust } from './commands/trust.js';
import { addWatch } from './commands/watch.js';
import { repositoryDir } from './process/repository.js';

const AFTER_HELP = `
Examples:
  greenrack demo                                    a farm of virtual boards on this machine
  greenrack submit build/K64F/app.elf               the target is the name of the folder
  greenrack submit app.elf --target K64F --repeat 20
  greenrack rerun <submission> --failed             once more what did not pass
  greenrack log <run> --follow                      what the board writes

Exit codes: 0 pass, 1 a test failed, 2 wrong use, 3 the farm is to blame, 130 stopped by Ctrl-C.
Environment: GREENRACK_URL, GREENRACK_TOKEN or GREENRACK_TOKEN_FILE (default: ~/.config/greenrack/token).`;

/** All commands. The documentation is made from it. */
export function buildProgram(world: CommandWorld): Command {
  const program = new Command('greenrack')
    .description('Runs firmware on real and virtual boards and says whether it works.')
    .version(versionText())
    .helpCommand(false)
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void world.context.stdout.write(text),
      writeErr: (text) => void world.context.stderr.write(text),
      getOutHelpWidth: () => world.context.stdout.columns ?? 100,
      getErrHelpWidth: () => world.context.stderr.columns ?? 100,
    });
  const all = [
    addDemo,
    addSubmit,
    addCtestRun,
    addWatch,
    addSubmissions,
    addRuns,
    addRerun,
    addHistory,
    addSeries,
    addChanges,
    addBisect,
    addCompare,
    addFlakes,
    addFootprint,
    addBoards,
    addLog,
    addJunit,
    addCoverage,
    addSchedules,
    addNightly,
    addNotify,
    addToken,
    addTrust,
    addDuties,
    addPolicy,
    addQuarantine,
    addStorage,
    addBackup,
    addRestore,
  ];
  for (const add of [...all, addDoctor, addController, addAgent, addCompletion])
    add(program, world);
  return program;
}

function versionText(): string {
  const file = join(repositoryDir(), 'package.json');
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  return version;
}
