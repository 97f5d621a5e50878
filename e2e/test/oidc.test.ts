import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import type { Json } from './support/github/description.js';
import { GithubFarm } from './support/github/github-farm.js';
import { OidcIssuer } from './support/github/oidc-issuer.js';
import { CLI, runCli } from './support/run-cli.js';
import { runNode } from './support/run-node.js';

const HEAD = 'a'.repeat(40);
const MERGE = 'e'.repeat(40);
const BASE = 'b'.repeat(40);
/** What the workflow of a pull request has in its token. */
const JOB = {
  ...{ sub: 'repo:acme@1005/firmware@5:pull_request', event_name: 'pull_request' },
  ...{ repository: 'acme/firmware', repository_id: '5', repository_owner_id: '1005' },
  ...{ ref: 'refs/pull/1/merge', sha: MERGE, run_id: '77', run_attempt: '1' },
};

let issuer: OidcIssuer;
let lab: GithubFarm;
beforeAll(async () => {
  issuer = await OidcIssuer.start();
  lab = await GithubFarm.start({
    ...{ boards: 2, simulated: true },
    env: {
      GREENRACK_OIDC_ISSUERS: `${issuer.url}=github.test`,
      GREENRACK_OIDC_SESSION_MS: '120000',
    },
  });
  lab.repository.merges.set(MERGE, [BASE, HEAD]);
  issuer.job = JOB;
});
afterAll(async () => {
  await lab?.stop();
  await issuer?.stop();
});

const api = () => `${lab.farm.client.url}/api/v1`;
const request = async (method: string, path: string, ask: { secret?: string; body?: unknown }) => {
  const { secret, body } = ask;
  const answer = await fetch(`${api()}${path}`, {
    method,
    headers: {
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
};
const exchange = (token: string) => request('POST', '/oidc/exchange', { body: { token } });
const token = (more: object = {}, audience = 'https://farm.example') =>
  issuer.token({ ...JOB, ...more }, audience);
const workflowEnv = () => {
  const { GREENRACK_TOKEN: _, ...env } = process.env;
  const { url } = lab.farm.client;
  const audience = { GREENRACK_URL: url, GREENRACK_OIDC_AUDIENCE: 'https://farm.example' };
  const actions = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/firmware', GITHUB_SHA: MERGE };
  return { ...env, ...audience, ...actions, ...issuer.jobEnv, XDG_CONFIG_HOME: lab.farm.dir };
};

describe('a workflow without a secret', () => {
  it('is refused before an admin trusts its repository, with what to do', async () => {
    const { status, json } = await exchange(token());
    expect([status, json.code]).toEqual([403, 'identity_untrusted']);
    const image = imagePath('FVP_MPS2_M3', 'pass');
    const args = ['submit', image, '--target', 'FVP_MPS2_M3'];
    const { exitCode, err } = await runNode(CLI, args, { cwd: lab.farm.dir, env: workflowEnv() });
    expect(exitCode).toBe(2);
    expect(err).toContain('no trust covers repository 5 of owner 1005 (identity_untrusted)');
  });

  it('submits what it has built, and its pull request turns green', async () => {
    const add = ['trust', 'add', '--name', 'firmware', '--owner', '1005', '--repository', '5'];
    expect((await runCli(lab.farm, add, lab.farm.dir)).exitCode).toBe(0);
    await lab.open(1, HEAD);
    await lab.check(HEAD, 'greenrack');
    const image = imagePath('FVP_MPS2_M3', 'pass');
    const args = ['submit', image, '--target', 'FVP_MPS2_M3', '--name', 'smoke', '--json'];
    const ended = await runNode(CLI, args, { cwd: lab.farm.dir, env: workflowEnv() });
    expect([ended.exitCode, ended.err]).toEqual([0, expect.any(String)]);
    const check = await lab.ended(HEAD, 'greenrack: smoke (FVP_MPS2_M3)');
    expect(check.fields).toMatchObject({ conclusion: 'success' });
    const { json } = await request('GET', `/submissions?sha=${HEAD}`, {
      secret: lab.farm.adminToken,
    });
    expect(json.items).toMatchObject([
      {
        submitter: expect.stringMatching(/^acme\/firmware run 77\.1 /),
        origin: { baseSha: BASE, pullRequest: 1, builtBy: 'github-actions' },
      },
    ]);
    expect(lab.github.violations).toEqual([]);
  });

  it.each<[string, () => string, [number, string, string]]>([
    ['expired', () => token({ exp: 1_600_000_000 }), [401, 'identity_refused', 'token.exp']],
    [
      'from the future',
      () => token({ nbf: 4_000_000_000 }),
      [401, 'identity_refused', 'token.nbf'],
    ],
    [
      'meant for another farm',
      () => token({}, 'https://other.example'),
      [401, 'identity_refused', 'token.aud'],
    ],
    [
      'of another issuer',
      () => token({ iss: 'https://evil.example' }),
      [401, 'identity_refused', 'token.iss'],
    ],
    [
      'of another repository',
      () => token({ repository_id: '6' }),
      [403, 'identity_untrusted', 'token.repository_id'],
    ],
    [
      'of another repository that took the name',
      () => token({ repository_owner_id: '9', repository_id: '9' }),
      [403, 'identity_untrusted', 'token.repository_id'],
    ],
    [
      'of an event that runs code from elsewhere',
      () => token({ event_name: 'pull_request_target' }),
      [403, 'identity_untrusted', 'token.event_name'],
    ],
    [
      'with another algorithm',
      () =>
        token().replace(/^[^.]+/, Buffer.from('{"alg":"HS256","kid":"x"}').toString('base64url')),
      [401, 'identity_refused', 'token.alg'],
    ],
    [
      'without one',
      () => token().replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
      [401, 'identity_refused', 'token.alg'],
    ],
    ['that is huge', () => 'A'.repeat(16_400), [400, 'invalid_request', 'token']],
    ['larger than that', () => 'A'.repeat(10_000_000), [413, 'payload_too_large', 'token']],
  ])('cannot use a token %s', async (_what, make, expected) => {
    const { status, json } = await exchange(make());
    const [error] = json.errors as { path: string }[];
    expect([status, json.code, error?.path]).toEqual(expected);
  });

  it('cannot use a token twice, also not after the controller was killed', async () => {
    const once = token();
    expect((await exchange(once)).status).toBe(200);
    await lab.farm.controller.kill('SIGKILL');
    await lab.farm.controller.start();
    const again = await exchange(once);
    expect([again.status, again.json.errors]).toMatchObject([401, [{ path: 'token.jti' }]]);
  });

  it('speaks for its own commit only, and does nothing but submit', async () => {
    const session = (await exchange(token())).json as { secret: string };
    const { secret } = session;
    const runs = [{ image: 'pass.elf', target: 'FVP_MPS2_M3' }];
    const spec = (origin: object) => ({ version: 1, name: 'x', images: [], runs, origin });
    const wrong = {
      ...{ repository: 'github.test/acme/other', sha: 'c'.repeat(40), pullRequest: 2 },
      ...{ ref: 'refs/heads/main', builtBy: 'nobody', baseSha: 'c'.repeat(40) },
    };
    for (const [key, value] of Object.entries(wrong)) {
      const { status, json } = await request('POST', '/submissions', {
        ...{ secret, body: spec({ sha: HEAD, [key]: value }) },
      });
      expect([status, json.code, json.errors]).toMatchObject([
        ...[403, 'forbidden', [{ path: `origin.${key}` }]],
      ]);
    }
    const admin = lab.farm.adminToken;
    const { items } = (await request('GET', '/submissions?limit=1', { secret: admin })).json as {
      items: { id: string }[];
    };
    const foreign = await lab.submit('f'.repeat(40), ['pass']);
    const refused = [
      ['POST', `/submissions/${items[0]?.id}/rerun`, { only: 'all' }],
      ['POST', `/submissions/${items[0]?.id}/pin`, {}],
      ['POST', `/submissions/${foreign.submission.id}/cancel`, {}],
      ['POST', '/schedules', {}],
      ['POST', '/tokens', {}],
      ['POST', '/oidc/trusts', {}],
    ] as const;
    for (const [method, path, body] of refused)
      expect([path, (await request(method, path, { secret, body })).status]).toEqual([path, 403]);
    expect((await request('GET', '/whoami', { secret })).status).toBe(200);
  });

  it('loses its session when the trust is removed', async () => {
    const { secret } = (await exchange(token())).json as { secret: string };
    expect((await request('GET', '/whoami', { secret })).status).toBe(200);
    const admin = lab.farm.adminToken;
    const { items } = (await request('GET', '/oidc/trusts', { secret: admin })).json as {
      items: { id: string }[];
    };
    const removed = await runCli(lab.farm, ['trust', 'remove', String(items[0]?.id)], lab.farm.dir);
    expect(removed.exitCode).toBe(0);
    expect((await request('GET', '/whoami', { secret })).status).toBe(401);
    expect((await exchange(token())).json.code).toBe('identity_untrusted');
  });
});
