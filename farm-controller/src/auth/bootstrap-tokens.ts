import {
  displayNameSchema,
  FarmError,
  parseJsonOnce,
  parseOrThrow,
  roleSchema,
  tokenTenantSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { TokenStore } from '../store/ports.js';
import { readPrivateFile } from '../web/private-file.js';
import { secretHash, tokenSecretSchema } from './token-secret.js';

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
  const tokens = parseTokens(file, await readPrivateFile('tokens file', file));
  for (const token of tokens) await upsert(file, store, token, nowMs);
  return tokens.length;
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
