import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Authenticator } from '../../src/auth/authenticator.js';
import { bootstrapTokens } from '../../src/auth/bootstrap-tokens.js';
import { newTokenSecret, secretHash } from '../../src/auth/token-secret.js';
import { openStore } from '../../src/farm-store.js';
import type { Store } from '../../src/store/ports.js';

describe('tokens file', () => {
  let dir: string;
  let file: string;
  let store: Store;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-tokens-'));
    file = join(dir, 'tokens.json');
    store = await openStore({ stateDir: dir });
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (content: unknown) =>
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), {
      mode: 0o600,
    });
  const load = () => bootstrapTokens(file, store.tokens, 1_000);
  const admin = () => ({ name: 'root', role: 'admin', tenant: 'ops', secret: newTokenSecret() });

  it('brings tokens that work, as often as it is read', async () => {
    const token = admin();
    write([token]);
    expect(await load()).toBe(1);
    expect(await load()).toBe(1);
    const principal = await new Authenticator(store.tokens).authenticate(token.secret);
    expect(principal).toMatchObject({ name: 'root', role: 'admin', tenant: 'ops' });
    expect((await store.tokens.list('people', { limit: 500 })).items).toHaveLength(1);
  });

  it.each([0o640, 0o604, 0o660])('refuses a file of mode %o', async (mode) => {
    write([admin()]);
    chmodSync(file, mode);
    await expect(load()).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(`chmod 600 ${file}`),
    });
    expect((await store.tokens.list('people', { limit: 500 })).items).toEqual([]);
  });

  it.each([
    ['a wrong role', [{ ...admin(), role: 'king' }], '[0].role'],
    ['a guessable secret', [{ ...admin(), secret: 'hunter2' }], '[0].secret'],
    ['an unknown field', [{ ...admin(), admin: true }], "unknown field 'admin'"],
    ['no list', { tokens: [] }, 'expected a list, got a mapping'],
  ])('names what is wrong: %s', async (_case, content, expected) => {
    write(content);
    await expect(load()).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(expected),
    });
  });

  it('quotes no secret when the file is broken', async () => {
    const token = admin();
    write(`[${JSON.stringify(token)},`);
    const message = await load().then(
      () => 'no error',
      (error: Error) => `${error.message} ${JSON.stringify(error.cause)}`,
    );
    expect(message).toContain('is not JSON');
    expect(message).not.toContain(token.secret);
  });

  it('says that a file is missing', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'invalid_configuration' });
  });

  it('does not bring a revoked token back', async () => {
    const token = admin();
    write([token]);
    await load();
    const stored = await store.tokens.findByHash(secretHash(token.secret));
    await store.tokens.revoke(stored?.id ?? '', 2_000);
    await expect(load()).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('was revoked'),
    });
  });
});
