import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oidcTrustRequestSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Authenticator } from '../../src/auth/authenticator.js';
import { newTokenSecret, secretHash } from '../../src/auth/token-secret.js';
import { openStore } from '../../src/farm-store.js';
import { Exchange } from '../../src/oidc/exchange.js';
import { OidcRows } from '../../src/oidc/oidc-rows.js';
import type { Store } from '../../src/store/ports.js';
import { claimsOf, signed, TestIssuer } from './test-issuer.js';

const AUDIENCE = 'https://farm.example';
const SESSION_MS = 600_000;

describe('a token of a workflow', () => {
  let dir: string;
  let store: Store;
  let issuer: TestIssuer;
  let keys: Awaited<ReturnType<TestIssuer['publish']>>;
  let rows: OidcRows;
  let exchange: Exchange;
  let nowMs = 1_700_000_000_000;
  let isFork = false;
  const now = () => nowMs;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-oidc-'));
    store = await openStore({ stateDir: dir });
    issuer = await new TestIssuer().start();
    keys = await issuer.publish('k1');
  });
  beforeEach(async () => {
    issuer.reset();
    rows = new OidcRows(store.database);
    exchange = newExchange();
    for (const table of ['oidc_trusts', 'oidc_used', 'tokens'] as const)
      await store.database.transact((tx) => tx.deleteFrom(table).execute());
  });
  afterAll(async () => {
    await issuer?.stop();
    await store?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const newExchange = () =>
    new Exchange(
      {
        ...{ audience: AUDIENCE, sessionMs: SESSION_MS, trusts: [] },
        issuers: [{ url: issuer.url, host: 'github.test' }],
      },
      {
        ...{ rows, now },
        newSecret: () => {
          const secret = newTokenSecret();
          return { secret, hash: secretHash(secret) };
        },
        mergedPull: async () => ({ sha: 'e'.repeat(40), baseSha: 'b'.repeat(40), fork: isFork }),
      },
    );
  const trust = async (more: object = {}) =>
    await rows.add(
      {
        ...oidcTrustRequestSchema.parse({
          ...{ name: 'firmware', repositoryOwnerId: 1005, repositoryId: 5, ...more },
        }),
        issuer: issuer.url,
      },
      nowMs,
      undefined,
    );
  const claims = (more: object = {}) => claimsOf(nowMs, { iss: issuer.url, ...more });
  const token = (more: object = {}) => signed(claims(more), 'k1', keys);
  const refusal = (code: string, path: string) =>
    expect.objectContaining({ code, fields: [expect.objectContaining({ path })] });

  it.each([
    ['of the old form', 'repo:acme/firmware:ref:refs/heads/main'],
    ['of the new form', 'repo:acme@1005/firmware@5:ref:refs/heads/main'],
    ['as the repository customised it', 'repository_owner_id:1005:environment:lab%3Aone'],
  ])('gives a session, whose subject is %s', async (_form, sub) => {
    await trust();
    const session = await exchange.session(await token({ sub }));
    const principal = await new Authenticator(store.tokens, { now }).authenticate(session.secret);
    expect(principal).toMatchObject({
      ...{ role: 'submitter', tenant: 'default', expiresMs: nowMs + SESSION_MS },
      bound: {
        ...{ repository: 'github.test/acme/firmware', sha: 'a'.repeat(40) },
        ...{ ref: 'refs/heads/main', builtBy: 'github-actions' },
        url: 'https://github.test/acme/firmware/actions/runs/77/attempts/1',
      },
    });
    nowMs += SESSION_MS;
    await expect(
      new Authenticator(store.tokens, { now }).authenticate(session.secret),
    ).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('of a pull request speaks for its head, not for the merge that GitHub made of it', async () => {
    await trust();
    const pull = { event_name: 'pull_request', ref: 'refs/pull/7/merge' };
    const { origin } = await exchange.session(await token(pull));
    expect(origin).toMatchObject({
      ...{ sha: 'e'.repeat(40), baseSha: 'b'.repeat(40), pullRequest: 7 },
    });
  });

  it('of a pull request of a fork is not covered, whatever GitHub was set to give it', async () => {
    await trust();
    isFork = true;
    const pull = { event_name: 'pull_request', ref: 'refs/pull/7/merge' };
    await expect(exchange.session(await token(pull))).rejects.toEqual(
      refusal('identity_untrusted', 'token.ref'),
    );
    isFork = false;
  });

  it.each<[string, object, string]>([
    ['has expired', { exp: 1_600_000_000 }, 'token.exp'],
    ['is not good yet', { nbf: 1_900_000_000 }, 'token.nbf'],
    ['was issued in the future', { iat: 1_900_000_000, exp: 1_900_000_300 }, 'token.iat'],
    ['would live for years', { exp: 1_900_000_000 }, 'token.exp'],
    ['is meant for another', { aud: 'https://other.example' }, 'token.aud'],
    ['is meant for others too', { aud: [AUDIENCE, 'https://other.example'] }, 'token.aud'],
    ['names another issuer', { iss: 'https://token.actions.githubusercontent.com' }, 'token.iss'],
    ['names the issuer with a slash', { iss: 'slash' }, 'token.iss'],
    ['has no id', { jti: undefined }, 'token.jti'],
    ['has an id that is no text', { repository_id: 5 }, 'token.repository_id'],
    ['has no commit', { sha: 'main' }, 'token.sha'],
  ])('is refused when it %s, and the claim is named', async (_what, wrong, path) => {
    await trust();
    const more = JSON.stringify(wrong).includes('slash') ? { iss: `${issuer.url}/` } : wrong;
    await expect(exchange.session(await token(more))).rejects.toEqual(
      refusal('identity_refused', path),
    );
  });

  it('is refused when the clock of the issuer is further off than half a minute, and taken when less', async () => {
    await trust();
    const seconds = nowMs / 1000;
    const early = (s: number) => ({ iat: seconds + s, nbf: seconds + s, exp: seconds + s + 300 });
    await exchange.session(await token(early(29)));
    await expect(exchange.session(await token(early(31)))).rejects.toMatchObject({
      code: 'identity_refused',
    });
  });

  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('is refused when it is not signed, or by a public key as if that were a secret', async () => {
    await trust();
    const none = `${part({ alg: 'none', kid: 'k1' })}.${part(claims())}.`;
    const hmac = `${part({ alg: 'HS256', kid: 'k1' })}.${part(claims())}`;
    const secret = String(issuer.publicKey().n);
    const hs256 = `${hmac}.${createHmac('sha256', secret).update(hmac).digest('base64url')}`;
    for (const forged of [none, `${none}AA`, hs256])
      await expect(exchange.session(forged)).rejects.toEqual(
        refusal('identity_refused', 'token.alg'),
      );
    expect(issuer.asked).toBe(0);
    const [header, , signature] = (await token()).split('.');
    const changed = `${header}.${part(claims({ repository_id: '6' }))}.${signature}`;
    await expect(exchange.session(changed)).rejects.toEqual(
      refusal('identity_refused', 'token.signature'),
    );
    for (const junk of ['a.b.c', '..', 'x', `${part({})}.${part({})}.AA`])
      await expect(exchange.session(junk)).rejects.toMatchObject({ code: 'identity_refused' });
  });

  it('is taken once, by whichever controller, also after a restart', async () => {
    await trust();
    const once = await token();
    const [first, second] = await Promise.allSettled([
      exchange.session(once),
      newExchange().session(once),
    ]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    await store.close();
    store = await openStore({ stateDir: dir });
    rows = new OidcRows(store.database);
    await expect(newExchange().session(once)).rejects.toEqual(
      refusal('identity_refused', 'token.jti'),
    );
  });

  it('leaves nothing behind for ever: what is over goes when others come', async () => {
    await trust();
    for (let i = 0; i < 3; i++) await exchange.session(await token());
    nowMs += 2 * 86_400_000;
    await exchange.session(await token());
    const count = async (table: 'oidc_used' | 'tokens') =>
      (await store.database.queries.selectFrom(table).selectAll().execute()).length;
    expect([await count('oidc_used'), await count('tokens')]).toEqual([1, 1]);
  });

  it.each<[string, object, object, string]>([
    ['repository', {}, { repository_id: '6' }, 'token.repository_id'],
    ['owner, as after a transfer', {}, { repository_owner_id: '1' }, 'token.repository_id'],
    ['event', {}, { event_name: 'pull_request_target' }, 'token.event_name'],
    [
      'event that the trust leaves out',
      { events: ['push'] },
      { event_name: 'schedule' },
      'token.event_name',
    ],
  ])('is not covered when it is of another %s', async (_what, terms, wrong, path) => {
    await trust(terms);
    await expect(exchange.session(await token(wrong))).rejects.toEqual(
      refusal('identity_untrusted', path),
    );
  });

  it('is covered by a trust of its owner, and of a new name', async () => {
    await trust({ repositoryId: undefined });
    const renamed = { repository: 'acme/renamed', repository_id: '99' };
    const { origin } = await exchange.session(await token(renamed));
    expect(origin.repository).toBe('github.test/acme/renamed');
  });

  it('must be of a job of the pinned workflow where the trust demands one', async () => {
    const path = 'acme/greenrack/.github/workflows/greenrack.yml';
    const sha = 'd'.repeat(40);
    await trust({ workflow: { path, shas: [sha] } });
    const job = (ref: string, commit?: string) =>
      token({ job_workflow_ref: ref, ...(commit && { job_workflow_sha: commit }) });
    const untrusted = (claim: string) => refusal('identity_untrusted', `token.${claim}`);
    await expect(exchange.session(await token())).rejects.toEqual(untrusted('job_workflow_ref'));
    await expect(exchange.session(await job(`evil/${path}@v1`, sha))).rejects.toEqual(
      untrusted('job_workflow_ref'),
    );
    for (const wrong of [undefined, 'c'.repeat(40)])
      await expect(exchange.session(await job(`${path}@refs/tags/v1`, wrong))).rejects.toEqual(
        untrusted('job_workflow_sha'),
      );
    await exchange.session(await job(`${path}@refs/tags/v1`, sha));
  });

  it('gives no session beyond the bound of its repository, and none of a trust that is gone', async () => {
    const { id } = await trust();
    const one = await exchange.session(await token());
    const tokenRow = await store.tokens.findByHash(secretHash(one.secret));
    const { bound_to } = await store.database.queries
      .selectFrom('tokens')
      .select('bound_to')
      .where('id', '=', tokenRow?.id ?? '')
      .executeTakeFirstOrThrow();
    await store.database.transact(async (tx) => {
      for (let i = 1; i < 500; i++) {
        const secret_hash = createHash('sha256').update(String(i)).digest('hex');
        const facts = {
          id: `tok_${String(i).padStart(23, '0')}`,
          name: `filler ${i}`,
          secret_hash,
        };
        const times = { created_ms: nowMs, expires_ms: nowMs + 1_000, revoked_ms: null };
        const rest = {
          role: 'viewer',
          tenant: 'default',
          trust_id: id,
          bound_to,
          bound_json: null,
        };
        await tx
          .insertInto('tokens')
          .values({ ...facts, ...times, ...rest } as never)
          .execute();
      }
    });
    await expect(exchange.session(await token())).rejects.toMatchObject({
      ...{ code: 'too_many_requests', context: { retryAfterS: 1 } },
    });
    nowMs += 1_001;
    await exchange.session(await token());
    expect(await rows.remove(id, nowMs)).toHaveLength(2);
    await expect(exchange.session(await token())).rejects.toMatchObject({
      code: 'identity_untrusted',
    });
    await expect(
      new Authenticator(store.tokens, { now }).authenticate(one.secret),
    ).rejects.toMatchObject({ code: 'unauthorized' });
  });

  describe('whose key is not known', () => {
    it('has the issuer asked, at most once a minute, however many come', async () => {
      await trust();
      await exchange.session(await token());
      const unknown = () => signed(claims(), 'k2', keys);
      const flood = await Promise.all(Array.from({ length: 50 }, unknown));
      const ends = await Promise.allSettled(flood.map((each) => exchange.session(each)));
      expect(ends.every((end) => end.status === 'rejected')).toBe(true);
      expect(issuer.asked).toBe(1);
      await expect(exchange.session(await unknown())).rejects.toMatchObject({
        ...{ code: 'unavailable', context: { retryAfterS: 60 } },
      });
      nowMs += 60_000;
      await expect(exchange.session(await unknown())).rejects.toEqual(
        refusal('identity_refused', 'token.kid'),
      );
      expect(issuer.asked).toBe(2);
    });

    it('is taken once the issuer has it, and the one before no more when it is gone', async () => {
      await trust();
      await exchange.session(await token());
      const old = { kid: 'k1', keys };
      const fresh = { kid: 'k2', keys: await issuer.publish('k2') };
      nowMs += 60_000;
      await exchange.session(await signed(claims(), fresh.kid, fresh.keys));
      await expect(
        exchange.session(await signed(claims(), old.kid, old.keys)),
      ).rejects.toMatchObject({ code: 'unavailable' });
      nowMs += 60_000;
      await expect(exchange.session(await signed(claims(), old.kid, old.keys))).rejects.toEqual(
        refusal('identity_refused', 'token.kid'),
      );
    });

    it('can be known from before for an hour at most while the issuer is away', async () => {
      await trust();
      await exchange.session(await token());
      issuer.answer = undefined;
      nowMs += 3_000_000;
      await exchange.session(await token());
      nowMs += 600_001;
      await expect(exchange.session(await token())).rejects.toMatchObject({ code: 'unavailable' });
    });

    it.each<[string, () => unknown]>([
      ['nothing', () => ({})],
      ['a megabyte', () => ({ keys: [], more: 'x'.repeat(1024 * 1024) })],
      ['keys without ids', () => ({ keys: [{ kty: 'RSA' }] })],
    ])('is not looked for in an answer of %s', async (_what, answer) => {
      await trust();
      issuer.answer = answer as typeof issuer.answer;
      await expect(exchange.session(await token())).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
