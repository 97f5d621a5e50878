import { ERROR_CODES, FarmError } from '@greenrack/farm-protocol';
import { CommanderError } from 'commander';
import { type CliContext, noteLine } from './cli-context.js';
import { errorText } from './error-text.js';
import { EXIT, exitCodeOfError } from './exit-code.js';
import { safeText } from './output/safe-text.js';
import { buildProgram } from './program.js';
import { tokenFileOf, tokenSourceOf } from './settings.js';

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

function describeError(error: unknown, context: CliContext): string[] {
  const lines = errorText(error).split('\n').map(safeText);
  const [first = '', ...rest] = lines;
  if (!(error instanceof FarmError)) return [`greenrack: ${first}`, ...rest];
  const fields = error.fields.map(({ path, message }) => `${safeText(path)}: ${safeText(message)}`);
  return [
    `greenrack: ${first} (${error.code})`,
    ...rest,
    // The message of a single wrong field often says it all.
    ...fields.filter((field) => !first.includes(field)).map((field) => `  ${field}`),
    ...adviceFor(error, context),
  ];
}

/** What helps the one who must act: where the token came from, or the id by which the farm's log knows the request. */
function adviceFor(error: FarmError, context: CliContext): string[] {
  const { group } = ERROR_CODES[error.code];
  if (group === 'access') return [`  ${tokenAdvice(context)}`];
  const { requestId } = error.context;
  return group === 'submitter' || typeof requestId !== 'string'
    ? []
    : [`  request ${safeText(requestId)}`];
}

function tokenAdvice({ env }: CliContext): string {
  const source = tokenSourceOf(env);
  if (source !== undefined) return `the token came from ${safeText(source)}`;
  return `no token was sent: set GREENRACK_TOKEN or GREENRACK_TOKEN_FILE, or write one to ${safeText(tokenFileOf(env))}`;
}
