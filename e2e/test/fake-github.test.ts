import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signJwt } from './support/github/app-credentials.js';
import type { Json } from './support/github/description.js';
import { FakeGitHub } from './support/github/fake-github.js';
import type { FakeRepository } from './support/github/fake-repository.js';
import { secondaryLimit } from './support/github/fake-trouble.js';

const SHA = 'a'.repeat(40);

describe('the fake GitHub', () => {
  let github: FakeGitHub;
  let repository: FakeRepository;
  beforeAll(async () => {
    github = await FakeGitHub.start();
    repository = github.addRepository('acme/firmware', 5);
  });
  afterAll(async () => await github.stop());

  const call = async (token: string, method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(github.url + path, { method, headers, ...sent });
    return { status: answer.status, body: (await answer.json()) as Json };
  };
  const appToken = (claims: object = {}): string => {
    const nowS = Math.floor(Date.now() / 1000);
    const key = createPrivateKey(github.credentials.privateKeyPem);
    return signJwt({ iss: 4711, iat: nowS - 60, exp: nowS + 540, ...claims }, key);
  };
  const installationToken = async (form: 'opaque' | 'stateless' = 'opaque'): Promise<string> => {
    github.tokenForm = form;
    const made = await call(appToken(), 'POST', '/app/installations/1/access_tokens');
    expect(made.status).toBe(201);
    return String(made.body.token);
  };
  const write = async (fields: object) =>
    await call(await installationToken(), 'POST', '/repos/acme/firmware/check-runs', {
      ...{ name: 'greenrack', head_sha: SHA },
      ...fields,
    });

  it('believes only tokens of the App that end within ten minutes', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    expect((await call(appToken(), 'GET', '/app')).status).toBe(200);
    expect((await call(appToken({ exp: nowS + 700 }), 'GET', '/app')).status).toBe(401);
    expect((await call(appToken({ exp: nowS - 1 }), 'GET', '/app')).status).toBe(401);
    expect((await call(`${appToken()}x`, 'GET', '/app')).status).toBe(401);
  });

  it('issues installation tokens in both forms', async () => {
    expect(await installationToken('opaque')).toMatch(/^ghs_\w{36}$/);
    const stateless = await installationToken('stateless');
    expect(stateless.length).toBeGreaterThan(400);
    expect(stateless).toMatch(/^ghs_4711_.*\..*\./);
    expect(
      (await call(stateless, 'GET', `/repos/acme/firmware/commits/${SHA}/check-runs`)).status,
    ).toBe(200);
  });

  const output = (more: object) => ({ output: { title: 't', summary: 's', ...more } });
  const annotation = {
    path: 'a.c',
    start_line: 1,
    end_line: 1,
    annotation_level: 'failure',
    message: 'm',
  };
  const action = { label: 'Re-run', description: 'again', identifier: 'rerun' };
  it.each([
    ['51 annotations', output({ annotations: Array(51).fill(annotation) })],
    ['a summary of 65 536 bytes in fewer characters', output({ summary: 'ä'.repeat(32_768) })],
    ['4 actions', { actions: Array(4).fill(action) }],
    ['a label of 21 characters', { actions: [{ ...action, label: 'x'.repeat(21) }] }],
    ['an end without a conclusion', { status: 'completed' }],
    ['a time that is none', { started_at: 'yesterday' }],
    ['an absolute path', output({ annotations: [{ ...annotation, path: '/src/a.c' }] })],
  ])('refuses a check with %s', async (_what, fields) => {
    const before = github.violations.length;
    expect((await write(fields)).status).toBe(422);
    expect(github.violations).toHaveLength(before + 1);
  });

  it('keeps a check with 50 annotations and a summary of 65 535 bytes, and adds up further annotations', async () => {
    const before = github.violations.length;
    const annotations = Array(50).fill(annotation);
    const made = await write(output({ annotations, summary: 'x'.repeat(65_535) }));
    expect(made.status).toBe(201);
    const path = `/repos/acme/firmware/check-runs/${made.body.id}`;
    const more = await call(await installationToken(), 'PATCH', path, {
      ...{ status: 'completed', conclusion: 'failure' },
      ...output({ annotations: [annotation] }),
    });
    expect(more.body).toMatchObject({ conclusion: 'failure', output: { annotations_count: 51 } });
    expect(repository.check(SHA, 'greenrack')).toMatchObject({ writes: 2 });
    expect(github.violations).toHaveLength(before);
  });

  it('fails as it is told: by limits, by errors, and by doing what it does not answer', async () => {
    github.trouble.next({ answer: secondaryLimit(1) });
    github.trouble.next({ answer: { status: 502 } });
    const token = await installationToken().catch(() => 'none');
    expect(token).toBe('none');
    expect((await call(appToken(), 'GET', '/app')).status).toBe(502);
    github.trouble.next('lost', ({ operation }) => operation.startsWith('POST /repos'));
    const before = repository.checks.length;
    await expect(write({})).rejects.toThrow();
    expect(repository.checks).toHaveLength(before + 1);
  });

  it('says no to more than 80 writes in a minute', async () => {
    const token = await installationToken();
    let refused = 0;
    for (let i = 0; i < 81; i++) {
      const body = { name: `check ${i}`, head_sha: SHA };
      const { status } = await call(token, 'POST', '/repos/acme/firmware/check-runs', body);
      if (status === 403) refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
    expect(github.trouble.mostWrites).toBeGreaterThan(80);
  });

  it('delivers what the published payloads look like', async () => {
    github.deliveries.target.url = `${github.url}/nowhere`;
    for (const [event, facts] of [
      ['pull-request-opened', { number: 1 }],
      ['push', { ref: 'refs/heads/main', after: SHA }],
      ['merge-group-checks-requested', { merge_group: { head_sha: SHA } }],
      ['check-run-requested-action', { requested_action: { identifier: 'rerun' } }],
      ['check-suite-rerequested', {}],
      ['workflow-run-completed', {}],
      ['issue-comment-created', {}],
    ] as const)
      expect(await github.send(event, repository, facts)).toBe(404);
    expect(github.deliveries.all).toHaveLength(7);
  });
});
