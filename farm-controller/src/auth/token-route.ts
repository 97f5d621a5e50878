import {
  FarmError,
  newId,
  pageOf,
  type Role,
  type TokenView,
  tokenCreatedSchema,
  tokenIdSchema,
  tokenRequestSchema,
  tokenViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { TokenStore } from '../store/ports.js';
import { onceOf } from '../web/once.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { newTokenSecret, secretHash } from './token-secret.js';

export interface TokenRouteDeps {
  readonly tokens: TokenStore;
  /** The revocation is committed: whatever still trusts the token is to stop. */
  readonly onRevoked: (tokenId: string) => void;
  readonly now: () => number;
}

/** What an admin does with tokens: make, list, revoke. */
export function tokenRoutes(deps: TokenRouteDeps): Route[] {
  return [createToken(deps), listTokens(deps), revokeToken(deps)];
}

interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  readonly tenant: string;
  readonly expiresMs?: number | undefined;
}

function createToken({ tokens, now }: TokenRouteDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/tokens`,
    role: 'admin',
    summary: 'Make a token; its secret is shown this once',
    body: tokenRequestSchema,
    status: 201,
    response: tokenCreatedSchema,
    handler: async (ctx) => {
      const { body, res } = ctx;
      res.setHeader('Cache-Control', 'no-store');
      const secret = newTokenSecret();
      const token = newToken(body, now());
      await tokens.create({ ...token, secretHash: secretHash(secret) }, onceOf(ctx, body));
      return { token, secret };
    },
  });
}

function newToken(request: TokenRequest, nowMs: number): TokenView {
  const { expiresMs = null, ...facts } = request;
  if (expiresMs !== null && expiresMs <= nowMs)
    throw new FarmError('invalid_request', 'expiresMs: lies in the past', {
      fields: [{ path: 'expiresMs', message: 'expected a time in the future' }],
    });
  return { id: newId('tok', nowMs), ...facts, createdMs: nowMs, expiresMs, revokedMs: null };
}

function listTokens({ tokens }: TokenRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/tokens`,
    role: 'admin',
    summary:
      'Tokens without their secrets, oldest first; those of people, or the sessions of workflows',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      cursor: tokenIdSchema.optional(),
      whose: z.enum(['people', 'workflows']).default('people'),
    }),
    response: pageOf(tokenViewSchema),
    handler: async ({ query: { whose, limit, cursor } }) =>
      await tokens.list(whose, { limit, ...(cursor !== undefined && { cursor }) }),
  });
}

function revokeToken({ tokens, onRevoked, now }: TokenRouteDeps): Route {
  return jsonRoute({
    method: 'delete',
    path: `${API_BASE}/tokens/:id`,
    role: 'admin',
    summary: 'Revoke a token for good; its open connections end',
    params: z.strictObject({ id: tokenIdSchema }),
    response: tokenViewSchema,
    handler: async ({ params: { id } }) => {
      const revoked = await tokens.revoke(id, now());
      if (!revoked) throw new FarmError('not_found', `There is no token ${id}`);
      onRevoked(id);
      return revoked;
    },
  });
}
