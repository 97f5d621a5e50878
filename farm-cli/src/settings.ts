import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { decodeText, misspeltSettings } from '@greenrack/farm-protocol';
import type { CliContext } from './cli-context.js';
import { type WorkflowSession, workflowSession } from './client/workflow-session.js';
import { errorCode } from './error-text.js';
import { UsageError } from './exit-code.js';

/** How to reach a farm. */
export interface Connection {
  /** Base URL without a slash at the end. */
  readonly url: string;
  /** Undefined: the farm may still allow anonymous reading. */
  readonly token: string | undefined;
  /** In place of a token: that of the workflow which this runs in. */
  readonly session?: WorkflowSession;
}

export const DEFAULT_URL = 'http://localhost:8080';
/** Longest token file that is read, in bytes. */
const MAX_TOKEN_BYTES = 4096;

/**
 * Settings from the option, then the environment, then the file in the home directory. A token never comes from the
 * command line: every user of a machine can read those.
 * @throws UsageError for a bad URL or token file.
 */
export function connectionOf(context: CliContext, urlOption: string | undefined): Connection {
  refuseMisspelt(context.env);
  const url = urlOption ?? nonEmpty(context.env.GREENRACK_URL) ?? DEFAULT_URL;
  const base = checkedUrl(url);
  const token = findToken(context);
  const session = token === undefined ? workflowSession(base, context.env) : undefined;
  return { url: base, token, ...(session && { session }) };
}

const SETTINGS = [
  'GREENRACK_URL',
  'GREENRACK_TOKEN',
  'GREENRACK_TOKEN_FILE',
  'GREENRACK_OIDC_AUDIENCE',
];

/** @throws UsageError for a variable that is nearly one of ours: another farm than the one that is meant would answer */
function refuseMisspelt(env: CliContext['env']): void {
  const [first] = misspeltSettings(env, SETTINGS);
  if (first !== undefined) throw new UsageError(first);
}

/** Where the token is looked for when the environment names none. */
export function tokenFileOf(env: CliContext['env']): string {
  const config = nonEmpty(env.XDG_CONFIG_HOME) ?? join(nonEmpty(env.HOME) ?? homedir(), '.config');
  return join(config, 'greenrack', 'token');
}

/** Name of the variable or file that a token is taken from; undefined when there is none. */
export function tokenSourceOf(env: CliContext['env']): string | undefined {
  if (nonEmpty(env.GREENRACK_TOKEN) !== undefined) return 'GREENRACK_TOKEN';
  const named = nonEmpty(env.GREENRACK_TOKEN_FILE);
  if (named !== undefined) return named;
  const file = tokenFileOf(env);
  return existsSync(file) ? file : undefined;
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`'${text}' is no URL of a farm; expected one like ${DEFAULT_URL}`);
  if (url.username || url.password)
    throw new UsageError('the URL carries a password; put a token into GREENRACK_TOKEN_FILE');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function findToken(context: CliContext): string | undefined {
  const direct = nonEmpty(context.env.GREENRACK_TOKEN);
  if (direct !== undefined) return checkedToken(direct, 'GREENRACK_TOKEN');
  const named = nonEmpty(context.env.GREENRACK_TOKEN_FILE);
  const file = named ?? tokenFileOf(context.env);
  const text = readToken(file, named !== undefined);
  return text === undefined ? undefined : checkedToken(text, file);
}

function readToken(file: string, mustExist: boolean): string | undefined {
  try {
    return decodeText(readFileSync(file).subarray(0, MAX_TOKEN_BYTES));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && !mustExist) return undefined;
    throw new UsageError(`cannot read the token file ${file}: ${code ?? error}`);
  }
}

/** A token travels in an HTTP header. The message must not show it. */
function checkedToken(text: string, where: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,512}$/.test(token))
    throw new UsageError(`${where} holds no token: expected one line without blanks`);
  return token;
}

const nonEmpty = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : text;
