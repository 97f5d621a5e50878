import { FarmError } from '@greenrack/farm-protocol';

/** Code that the database's driver gave an error, or the error under it; empty without one. */
export function causeCode(error: unknown): string {
  const origin = error instanceof FarmError ? error.cause : error;
  if (typeof origin !== 'object' || origin === null || !('code' in origin)) return '';
  return String(origin.code);
}

/** What an error says of itself. */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return String(error.message);
}

// PostgreSQL: disk_full.
const FULL = new Set(['SQLITE_FULL', '53100', 'ENOSPC', 'EDQUOT']);
const GONE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  // PostgreSQL: too_many_connections, then the ways in which it is stopped or starts.
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);
const isGone = (code: string, message: string) =>
  GONE.has(code) ||
  code.startsWith('08') ||
  code.startsWith('SQLITE_BUSY') ||
  // pg has no code for these.
  /^(Connection terminated|timeout exceeded when trying to connect)/.test(message);

/** What was to be stored is at fault, and will be each time: PostgreSQL's class "data exception", or a text too large. */
const isUnstorable = (code: string) => /^22...$/.test(code) || code === 'SQLITE_TOOBIG';

/** Turns what the caller can act on into a {@link FarmError}; everything else stays as it is. */
export function asFarmError(error: unknown): unknown {
  if (error instanceof FarmError) return error;
  const code = causeCode(error);
  const message = messageOf(error);
  const because = { cause: error };
  if (FULL.has(code))
    return new FarmError('storage_full', `the database is out of room: ${message}`, because);
  if (isGone(code, message))
    return new FarmError('unavailable', `the database does not answer: ${message}`, because);
  if (isUnstorable(code))
    return new FarmError('invalid_request', `the database cannot hold this: ${message}`, because);
  return error;
}
