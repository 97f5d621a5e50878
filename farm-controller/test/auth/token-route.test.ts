import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenCreatedSchema } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { AuditBook } from '../../src/audit/audit-book.js';
import { Authenticator } from '../../src/auth/authenticator.js';
import { tokenRoutes } from '../../src/auth/token-route.js';
import { newTokenSecret, secretHash } from '../../src/auth/token-secret.js';
import { openStore } from '../../src/farm-store.js';
import type { Store } from '../../src/store/ports.js';
import { AuthThrottle } from '../../src/web/auth-throttle.js';
import { ClientAddresses } from '../../src/web/client-addresses.js';
import { createLogger } from '../../src/web/logger.js';
import {
  registerErrorHandlers,
  registerRoutes,
  requestLog,
} from '../../src/web/register-routes.js';
import { hostCheck } from '../../src/web/security.js';

describe('token routes', () => {
  let dir: string;
  let store: Store;
  let server: Server;
  let url: string;
  const root = newTokenSecret();

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-token-route-'));
    store = await openStore({ stateDir: dir });
    const admin = { name: 'root', role: 'admin', tenant: 'default' } as const;
    await store.tokens.upsert({ ...admin, secretHash: secretHash(root) }, Date.now());
    server = createServer(appOver(store)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/tokens`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function call(method: string, path: string, secret: string, body?: unknown) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }
  const create = async (body: unknown) => {
    const { status, json } = await call('POST', '', root, body);
    expect(status).toBe(201);
    return tokenCreatedSchema.parse(json);
  };

  it('makes a token that works at once and shows its secret only then', async () => {
    const { token, secret } = await create({ name: 'ops', role: 'admin' });
    expect(token).toMatchObject({ name: 'ops', tenant: 'default', expiresMs: null });
    const list = await call('GET', '', secret);
    expect(list.json).toMatchObject({
      items: [{ name: 'root' }, { name: 'ops' }],
      nextCursor: null,
    });
    expect(JSON.stringify(list.json)).not.toMatch(/grk_|hash/i);
  });

  it('revokes a token so that its next request is refused', async () => {
    const { token, secret } = await create({ name: 'ops', role: 'admin' });
    expect((await call('GET', '', secret)).status).toBe(200);
    const revoked = await call('DELETE', `/${token.id}`, root);
    expect(revoked.json).toMatchObject({ id: token.id, revokedMs: expect.any(Number) });
    expect(await call('GET', '', secret)).toMatchObject({ status: 401 });
  });

  it('is for admins only', async () => {
    const { secret } = await create({ name: 'op', role: 'operator' });
    for (const method of ['GET', 'POST'])
      expect(await call(method, '', secret, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 403,
      });
  });

  it.each([
    ['a wrong role', { name: 'x', role: 'root' }, 400, 'role'],
    ['the tenant of the farm', { name: 'x', role: 'submitter', tenant: 'farm' }, 400, 'tenant'],
    ['an end in the past', { name: 'x', role: 'viewer', expiresMs: 1 }, 400, 'expiresMs'],
    ['a name that is taken', { name: 'root', role: 'viewer' }, 409, undefined],
  ])('refuses %s and changes nothing', async (_case, body, status, path) => {
    const answer = await call('POST', '', root, body);
    expect(answer.status).toBe(status);
    if (path !== undefined) expect(answer.json).toMatchObject({ errors: [{ path }] });
    expect((await store.tokens.list('people', { limit: 500 })).items).toHaveLength(1);
  });

  it('pages the list', async () => {
    for (const name of ['a', 'b', 'c']) await create({ name, role: 'viewer' });
    const first = await call('GET', '?limit=3', root);
    const second = await call('GET', `?limit=3&cursor=${String(first.json.nextCursor)}`, root);
    expect(first.json.items).toHaveLength(3);
    expect(second.json).toMatchObject({ items: [{ name: 'c' }], nextCursor: null });
  });

  it('knows no token of another id', async () => {
    const id = `tok_${'0'.repeat(23)}`;
    expect(await call('DELETE', `/${id}`, root)).toMatchObject({ status: 404 });
  });
});

function appOver(store: Store): express.Express {
  const log = createLogger('silent');
  const authenticator = new Authenticator(store.tokens);
  const throttle = new AuthThrottle((secret) => authenticator.authenticate(secret));
  const app = express();
  app.use(requestLog(log));
  const onRevoked = (tokenId: string) => authenticator.forget(tokenId);
  const routes = tokenRoutes({ tokens: store.tokens, onRevoked, now: Date.now });
  const addresses = new ClientAddresses([]);
  const book = new AuditBook(store.database, log);
  registerRoutes(app, routes, {
    throttle,
    addresses,
    guard: { prove: () => undefined },
    checkHost: hostCheck([]),
    audit: (asked, act) => book.keep(asked, act),
    log,
  });
  registerErrorHandlers(app, log);
  return app;
}
