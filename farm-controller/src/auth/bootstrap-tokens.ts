import { type FileHandle, open } from 'node:fs/promises';
import {
  decodeText,
  displayNameSchema,
  FarmError,
  parseJsonOnce,
  parseOrThrow,
  roleSchema,
  tokenTenantSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { TokenStore } from '../store/ports.js';
import { secretHash, tokenSecretSchema } from './token-secret.js';

/** Largest tokens file, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

export const bootstrapTokensSchema = z
  .array(
    z.strictObject({
      name: displayNameSchema,
      role: roleSchema,
      tenant: tokenTenantSchema.default('default'),
      secret: tokenSecretSchema,
    }),
  )
  .max(1_000);
export type BootstrapToken = z.infer<typeof bootstrapTokensSchema>[number];

/**
 * Creates or replaces the tokens of a JSON file (`[{ name, role, tenant, secret }]`) that only its owner may read.
 * Returns how many there are.
 * @throws FarmError `invalid_configuration`
 */
export async function bootstrapTokens(
  file: string,
  store: Pick<TokenStore, 'upsert'>,
  nowMs: number,
): Promise<number> {
  const tokens = parseTokens(file, await readPrivateFile(file));
  for (const token of tokens) await upsert(file, store, token, nowMs);
  return tokens.length;
}

async function readPrivateFile(file: string): Promise<string> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw wrongFile(file, 'cannot be opened: check the path and who owns it', cause);
  }
  try {
    // Asked of the open file: a path could be exchanged between the look and the read.
    const facts = await handle.stat();
    if (!facts.isFile()) throw wrongFile(file, 'is no regular file');
    if ((facts.mode & 0o077) !== 0)
      throw wrongFile(file, `holds secrets but others may read it: chmod 600 ${file}`);
    if (facts.size > MAX_FILE_BYTES) throw wrongFile(file, `is over ${MAX_FILE_BYTES} bytes`);
    return decodeText(await handle.readFile());
  } finally {
    await handle.close();
  }
}

function parseTokens(file: string, text: string): BootstrapToken[] {
  let json: unknown;
  try {
    json = parseJsonOnce(text);
  } catch {
    // The parser's own message would quote the file, secrets and all.
    throw wrongFile(file, 'is not JSON, or a name stands twice in it');
  }
  return parseOrThrow(bootstrapTokensSchema, json, 'invalid_configuration', file);
}

async function upsert(
  file: string,
  store: Pick<TokenStore, 'upsert'>,
  { secret, ...token }: BootstrapToken,
  nowMs: number,
): Promise<void> {
  try {
    await store.upsert({ ...token, secretHash: secretHash(secret) }, nowMs);
  } catch (error) {
    if (!(error instanceof FarmError) || error.code !== 'conflict') throw error;
    throw wrongFile(file, error.message, error);
  }
}

function wrongFile(file: string, what: string, cause?: unknown): FarmError {
  const message = `tokens file ${file}: ${what}`;
  return new FarmError('invalid_configuration', message, { cause });
}
