import { CommanderError } from 'commander';
import { type CliContext, noteLine } from './cli-context.js';
import { describeError } from './describe-error.js';
import { EXIT, exitCodeOfError } from './exit-code.js';
import { buildProgram } from './program.js';

/** Runs one command line (`args` without node and script) and resolves with its exit code. Never throws. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.pass;
  const program = buildProgram({
    context,
    end: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
    for (const line of describeError(error, context)) noteLine(context, line);
    return exitCodeOfError(error);
  }
}
