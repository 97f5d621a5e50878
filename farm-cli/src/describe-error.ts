import { ERROR_CODES, FarmError } from '@greenrack/farm-protocol';
import type { CliContext } from './cli-context.js';
import { errorText } from './error-text.js';
import { safeText } from './output/safe-text.js';
import { tokenFileOf, tokenSourceOf } from './settings.js';

/** Lines that tell a person of an error, and what helps against it. */
export function describeError(error: unknown, context: CliContext): string[] {
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
  if (source === undefined && env.ACTIONS_ID_TOKEN_REQUEST_URL)
    return 'the token is that of this workflow’s session: see docs/github-actions.md';
  if (source !== undefined) return `the token came from ${safeText(source)}`;
  return `no token was sent: set GREENRACK_TOKEN or GREENRACK_TOKEN_FILE, or write one to ${safeText(tokenFileOf(env))}`;
}
