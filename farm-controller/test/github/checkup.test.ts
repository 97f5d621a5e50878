import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FarmError, githubCheckupSchema } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppCheckup } from '../../src/github/checkup.js';
import { GithubClient, UNPAUSED } from '../../src/github/github-client.js';
import type { GithubSettings } from '../../src/github/github-settings.js';
import { NEEDED_EVENTS, NEEDED_PERMISSIONS } from '../../src/github/needed-access.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const access = { permissions: NEEDED_PERMISSIONS, events: NEEDED_EVENTS };
const APP_PAGE = 'https://github.test/apps/greenrack';
const app = { name: 'greenrack', html_url: APP_PAGE, ...access };
const hook = {
  ...{ url: 'https://farm.example/github/webhook', content_type: 'json', insecure_ssl: '0' },
  secret: '********',
};
const installation = {
  ...{ id: 1, account: { login: 'acme' }, html_url: 'https://github.test/i/1' },
  ...{ suspended_at: null, ...access },
};
const delivery = (status_code: number) => ({
  ...{ guid: 'g-1', event: 'push', delivered_at: '2026-11-30T12:00:00Z', status_code },
  status: status_code === 200 ? 'OK' : 'Invalid',
});

/** What time it is, here; there it is what `date` says. */
const NOW = Date.parse('2026-11-30T12:00:00Z');
const date = (aheadMs: number) => ({ date: new Date(NOW + aheadMs).toUTCString() });

describe('the checkup of the App', () => {
  let server: Server;
  let answers: Record<string, Answer>;
  let settings: GithubSettings;
  let asked: string[];
  beforeEach(async () => {
    asked = [];
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    answers = {
      '/app': { body: app },
      '/app/hook/config': { body: hook },
      '/app/hook/deliveries': { body: [delivery(200), delivery(502)] },
      '/app/installations': { body: [installation] },
      '/app/installations/1/access_tokens': {
        status: 201,
        body: { token: 'ghs_x', expires_at, permissions: {} },
      },
      '/installation/repositories': { body: { total_count: 3, repositories: [] } },
    };
    server = createServer((req, res) => {
      const path = (req.url ?? '').split('?')[0] ?? '';
      asked.push(`${req.method} ${path}`);
      const { status = 200, headers = {}, body = {} } = answers[path] ?? { status: 404 };
      // A connection that is kept may be closed just when it is used again.
      const always = { 'content-type': 'application/json', connection: 'close', ...date(0) };
      res.writeHead(status, { ...always, ...headers });
      res.end(JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    settings = {
      ...{ appId: 4711, privateKeyPem, secrets: ['x'.repeat(20)], waitMs: 1_000 },
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      publicUrl: 'https://farm.example',
      tenantsOf: () => ['default'],
    };
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  const checkup = (more: { reread?: () => Promise<GithubSettings>; isKept?: boolean } = {}) =>
    new AppCheckup({
      ...{ client: new GithubClient(settings, UNPAUSED), settings, now: () => NOW },
      reread: more.reread ?? (async () => settings),
      isKept: async () => more.isKept ?? true,
    });
  /** What is not as it should be. */
  const faults = async (...args: Parameters<typeof checkup>) =>
    githubCheckupSchema
      .parse(await checkup(...args).run())
      .findings.filter(({ state }) => state !== 'ok');

  it('finds nothing where all is well, and changes nothing', async () => {
    expect(await faults()).toEqual([]);
    expect(asked.filter((each) => !each.startsWith('GET '))).toEqual([
      'POST /app/installations/1/access_tokens',
    ]);
  });

  it.each<[string, Record<string, Answer>, string, RegExp]>([
    ['a clock that is behind', { '/app': { body: app, headers: date(60_000) } }, 'clock', /behind/],
    ['a clock that is ahead', { '/app': { body: app, headers: date(-60_000) } }, 'clock', /ahead/],
    [
      'an App that may not write checks',
      { '/app': { body: { ...app, permissions: { ...NEEDED_PERMISSIONS, checks: 'read' } } } },
      'App’s access',
      /checks: write$/,
    ],
    [
      'an App that is not told of pushes',
      { '/app': { body: { ...app, events: NEEDED_EVENTS.filter((each) => each !== 'push') } } },
      'App’s access',
      /event push$/,
    ],
    ['no webhook', { '/app/hook/config': { body: {} } }, 'webhook', /URL is empty.*no secret/],
    [
      'a webhook that trusts any certificate',
      { '/app/hook/config': { body: { ...hook, insecure_ssl: 1 } } },
      'webhook',
      /certificates/,
    ],
    ['no delivery', { '/app/hook/deliveries': { body: [] } }, 'deliveries', /nothing/],
    [
      'a secret that is another there',
      { '/app/hook/deliveries': { body: [delivery(401)] } },
      'deliveries',
      /401/,
    ],
    [
      'a farm that cannot be reached',
      { '/app/hook/deliveries': { body: [delivery(0)] } },
      'deliveries',
      / 0 /,
    ],
    ['no installation', { '/app/installations': { body: [] } }, 'installations', /none/],
    [
      'a suspended installation',
      {
        '/app/installations': { body: [{ ...installation, suspended_at: '2026-11-30T12:00:00Z' }] },
      },
      'installation acme',
      /suspended/,
    ],
    [
      'an owner who has not accepted new permissions',
      { '/app/installations': { body: [{ ...installation, permissions: { metadata: 'read' } }] } },
      'installation acme',
      /pull_requests: write/,
    ],
    [
      'an installation without a repository',
      { '/installation/repositories': { body: { total_count: 0, repositories: [] } } },
      'installation acme',
      /repositories: 0/,
    ],
  ])('tells %s from all else, and what to do', async (_what, changed, subject, found) => {
    Object.assign(answers, changed);
    const fix = expect.any(String);
    expect(await faults()).toEqual([
      expect.objectContaining({ subject, fix, found: expect.stringMatching(found) }),
    ]);
  });

  it('of a key that is not believed names it as the App’s page does, and asks no further', async () => {
    answers['/app'] = { status: 401, body: { message: 'not decoded' }, headers: date(600_000) };
    const [refused, clock, rest] = await faults();
    expect(refused).toMatchObject({ subject: 'App', state: 'wrong' });
    expect(refused?.fix).toMatch(/App 4711 for the key SHA256:[A-Za-z0-9+/]{43}=/);
    expect(clock).toMatchObject({ subject: 'clock', state: 'wrong' });
    expect(rest).toMatchObject({ state: 'unknown' });
    expect(asked).toEqual(['GET /app']);
  });

  it('takes a limit for no fault', async () => {
    const headers = { 'retry-after': '60' };
    answers['/app/hook/config'] = { status: 429, body: { message: 'too many' }, headers };
    expect(await faults()).toMatchObject([{ subject: 'webhook', state: 'unknown' }]);
  });

  it('tells that deliveries go to another farm', async () => {
    expect(await faults({ isKept: false })).toMatchObject([{ subject: 'deliveries' }]);
  });

  it('tells that a start would read another key, or none', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const pem = other.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(
      await faults({ reread: async () => ({ ...settings, privateKeyPem: pem }) }),
    ).toMatchObject([
      { subject: 'key', state: 'wrong', found: expect.stringContaining('another') },
    ]);
    const gone = new FarmError('invalid_configuration', 'key /etc/key.pem: cannot be opened');
    expect(await faults({ reread: () => Promise.reject(gone) })).toMatchObject([
      { subject: 'key and secret', found: expect.stringContaining('/etc/key.pem') },
    ]);
  });

  it('cuts what others write, and stays one for all who ask meanwhile', async () => {
    answers['/app'] = { body: { ...app, name: `\u0000${'x'.repeat(100_000)}` } };
    const one = checkup();
    const [first, second] = await Promise.all([one.run(), one.run()]);
    expect(second).toBe(first);
    expect(
      githubCheckupSchema.parse(first).findings.find(({ subject }) => subject === 'App')?.found,
    ).toHaveLength(500);
    expect(asked.filter((each) => each === 'GET /app')).toHaveLength(1);
  });
});

describe('docs/github.md', () => {
  it('has a manifest with exactly the permissions and events that the farm uses', () => {
    const text = readFileSync(new URL('../../../docs/github.md', import.meta.url), 'utf8');
    const [, json = ''] = /```json\n *(\{[^`]*)```/.exec(text) ?? [];
    const manifest = JSON.parse(json) as Readonly<Record<string, unknown>>;
    expect(manifest.default_permissions).toEqual(NEEDED_PERMISSIONS);
    expect(manifest.default_events).toEqual([...NEEDED_EVENTS]);
    for (const name of Object.keys(NEEDED_PERMISSIONS)) expect(text).toContain(`| \`${name}\``);
  });
});
