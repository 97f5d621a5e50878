import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type Role } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Authenticator } from '../../src/auth/authenticator.js';
import { requireRole } from '../../src/auth/require-role.js';
import { newTokenSecret, secretHash } from '../../src/auth/token-secret.js';
import { openStore } from '../../src/farm-store.js';
import type { Store } from '../../src/store/ports.js';

describe('authenticator', () => {
  let dir: string;
  let store: Store;
  let nowMs = 1_000_000;
  const now = () => nowMs;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-auth-'));
    store = await openStore({ stateDir: dir });
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function newToken(name: string, role: Role, expiresMs: number | null = null) {
    const secret = newTokenSecret();
    const id = newId('tok', nowMs);
    const facts = { id, name, role, tenant: 'team', createdMs: nowMs, expiresMs, revokedMs: null };
    await store.tokens.create({ ...facts, secretHash: secretHash(secret) });
    return { id, secret };
  }

  it('knows who holds a secret', async () => {
    const { id, secret } = await newToken('ci', 'submitter');
    const principal = await new Authenticator(store.tokens, { now }).authenticate(secret);
    expect(principal).toEqual({
      name: 'ci',
      role: 'submitter',
      tenant: 'team',
      tokenId: id,
      expiresMs: null,
    });
  });

  it('never keeps the secret itself', async () => {
    const { secret } = await newToken('ci', 'submitter');
    const stored = await store.tokens.findByHash(secretHash(secret));
    expect(JSON.stringify(stored)).not.toContain(secret.slice(4));
  });

  it.each(['', 'grk_short', newTokenSecret(), `${newTokenSecret()}=`, "' or 1=1 --"])(
    'refuses %j',
    async (secret) => {
      const auth = new Authenticator(store.tokens, { anonymousRole: 'viewer', now });
      await expect(auth.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
    },
  );

  it('lets callers without a token look only when it is told to', async () => {
    const closed = new Authenticator(store.tokens, { now });
    await expect(closed.authenticate(undefined)).rejects.toMatchObject({ code: 'unauthorized' });
    const open = new Authenticator(store.tokens, { anonymousRole: 'viewer', now });
    expect(await open.authenticate(undefined)).toMatchObject({ role: 'viewer', tokenId: null });
  });

  it('refuses an expired token, remembered or not', async () => {
    const { secret } = await newToken('ci', 'submitter', nowMs + 100);
    const auth = new Authenticator(store.tokens, { now });
    await auth.authenticate(secret);
    nowMs += 100;
    await expect(auth.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('refuses a revoked token at once here, and within the stale time elsewhere', async () => {
    const { id, secret } = await newToken('ci', 'submitter');
    const here = new Authenticator(store.tokens, { now });
    const elsewhere = new Authenticator(store.tokens, { now });
    await here.authenticate(secret);
    await elsewhere.authenticate(secret);
    await store.tokens.revoke(id, nowMs);
    here.forget(id);
    await expect(here.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
    nowMs += 3_000;
    await expect(elsewhere.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('does not remember what it read before a revocation', async () => {
    const { id, secret } = await newToken('ci', 'submitter');
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slowOnce = {
      findByHash: async (hash: string) => {
        const token = await store.tokens.findByHash(hash);
        await gate;
        return token;
      },
    };
    const auth = new Authenticator(slowOnce, { now });
    const early = auth.authenticate(secret);
    await store.tokens.findByHash('after the read above: the store answers in order');
    await store.tokens.revoke(id, nowMs);
    auth.forget(id);
    release();
    await early;
    await expect(auth.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('asks the database once for a token that keeps coming', async () => {
    const { secret } = await newToken('ci', 'submitter');
    let asked = 0;
    const counting = {
      findByHash: (hash: string) => {
        asked += 1;
        return store.tokens.findByHash(hash);
      },
    };
    const auth = new Authenticator(counting, { now });
    for (let i = 0; i < 10; i++) await auth.authenticate(secret);
    expect(asked).toBe(1);
  });

  it.each([
    ['admin', 'operator', true],
    ['viewer', 'submitter', false],
    ['admin', 'agent', false],
    ['agent', 'viewer', false],
    ['agent', 'agent', true],
  ] as const)('role %s for %s: %s', (role, needed, passes) => {
    const principal = { name: 'x', role, tenant: 'default', tokenId: null, expiresMs: null };
    const check = () => requireRole(principal, needed);
    if (passes) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });
});
