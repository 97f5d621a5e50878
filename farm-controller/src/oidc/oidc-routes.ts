import {
  FarmError,
  MAX_OIDC_TOKEN_CHARS,
  type OidcSession,
  oidcExchangeRequestSchema,
  oidcSessionSchema,
  oidcTrustRequestSchema,
  oidcTrustViewSchema,
  parseOrThrow,
  trustIdSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { onceOf } from '../web/once.js';
import { readBody } from '../web/read-body.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { OidcRows } from './oidc-rows.js';
import type { Issuer } from './oidc-settings.js';

/** A token, and the JSON around it. */
const MAX_BODY_BYTES = MAX_OIDC_TOKEN_CHARS + 1_024;
const TRUSTS = `${API_BASE}/oidc/trusts`;

export interface OidcRouteDeps {
  readonly rows: OidcRows;
  readonly issuers: readonly Issuer[];
  /** @param address - of whoever asks, to bound what it may get wrong */
  readonly exchange: (token: string, address: string) => Promise<OidcSession>;
  /** These tokens are revoked: whatever still trusts them is to stop. */
  readonly onRevoked: (tokenId: string) => void;
  readonly now: () => number;
}

export function oidcRoutes(deps: OidcRouteDeps): Route[] {
  return [exchangeRoute(deps), listTrusts(deps), addTrust(deps), removeTrust(deps)];
}

function exchangeRoute({ exchange }: OidcRouteDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/oidc/exchange`,
    role: 'none',
    summary:
      'Exchange the OIDC token of a workflow for a short session; its secret is shown this once',
    consumes: { 'application/json': oidcExchangeRequestSchema },
    response: oidcSessionSchema,
    handler: async ({ req, res, address }) => {
      res.setHeader('Cache-Control', 'no-store');
      const body = await readBody(req, MAX_BODY_BYTES, 'token');
      const json = jsonOf(body);
      const { token } = parseOrThrow(oidcExchangeRequestSchema, json, 'invalid_request', 'body');
      return await exchange(token, address);
    },
  });
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    // The parser's own message would quote the token.
    throw new FarmError('invalid_request', 'the body is not JSON', { cause });
  }
}

function listTrusts({ rows }: OidcRouteDeps): Route {
  return jsonRoute({
    method: 'get',
    path: TRUSTS,
    role: 'admin',
    summary: 'Which workflows get sessions',
    response: z.object({ items: z.array(oidcTrustViewSchema) }),
    handler: async () => ({ items: await rows.trusts() }),
  });
}

function addTrust({ rows, issuers, now }: OidcRouteDeps): Route {
  return jsonRoute({
    method: 'post',
    path: TRUSTS,
    role: 'admin',
    summary: 'Let workflows of a repository, or of all of an owner, have sessions',
    body: oidcTrustRequestSchema,
    status: 201,
    response: oidcTrustViewSchema,
    handler: async (ctx) => {
      const { body } = ctx;
      const trust = { ...body, issuer: knownIssuer(body.issuer, issuers) };
      return await rows.add(trust, now(), onceOf(ctx, body));
    },
  });
}

function removeTrust({ rows, onRevoked, now }: OidcRouteDeps): Route {
  return jsonRoute({
    method: 'delete',
    path: `${TRUSTS}/:id`,
    role: 'admin',
    summary: 'Give no more sessions by this trust, and end those that it gave',
    params: z.strictObject({ id: trustIdSchema }),
    response: z.object({ endedSessions: z.number().int() }),
    handler: async ({ params: { id } }) => {
      const ended = await rows.remove(id, now());
      if (!ended) throw new FarmError('not_found', `There is no trust ${id}`);
      for (const tokenId of ended) onRevoked(tokenId);
      return { endedSessions: ended.length };
    },
  });
}

/** The first of the issuers when none was named. @throws FarmError `invalid_request` for one that the controller does not know */
export function knownIssuer(named: string | undefined, issuers: readonly Issuer[]): string {
  const found = named === undefined ? issuers[0] : issuers.find(({ url }) => url === named);
  if (found) return found.url;
  const known = issuers.map(({ url }) => url).join(', ');
  const message = `expected one of GREENRACK_OIDC_ISSUERS: ${known}`;
  throw new FarmError('invalid_request', `issuer: ${message}`, {
    fields: [{ path: 'issuer', message }],
  });
}
