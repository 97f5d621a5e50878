import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { callCli } from './support/call-cli.js';
import { cli, dir, fake } from './support/cli-bench.js';
import { problem } from './support/fake-farm.js';
import { boardView } from './support/views.js';

const page = (items: unknown[], nextCursor: string | null = null) => ({
  body: { items, nextCursor },
});

describe('the command line', () => {
  it.each([[[]], [['frobnicate']], [['submit']], [['log']], [['boards', '--nope']]])(
    'ends with 2 and says why for %j',
    async (args) => {
      const { exitCode, err } = await cli(...args);
      expect(exitCode).toBe(2);
      expect(err).not.toBe('');
    },
  );

  it('tells its version', async () => {
    expect(await cli('--version')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('prints its help on stdout and ends with 0', async () => {
    const { exitCode, out } = await cli('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'demo',
      'controller',
      'agent',
      'submit',
      'watch',
      'runs',
      'boards',
      'log',
      'junit',
      'token',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});

describe('the token', () => {
  beforeEach(() => fake.route('GET /boards', () => page([])));
  const boards = (env: Record<string, string>) =>
    callCli(['boards'], { cwd: dir.path, url: fake.url, env: { GREENRACK_TOKEN: '', ...env } });
  const sent = () => fake.requests[0]?.headers.authorization;

  it('comes from the file that the environment names', async () => {
    writeFileSync(join(dir.path, 'token'), ' from-file\n');
    await boards({ GREENRACK_TOKEN_FILE: join(dir.path, 'token') });
    expect(sent()).toBe('Bearer from-file');
  });

  it('comes from the home directory when the environment says nothing', async () => {
    mkdirSync(join(dir.path, '.config/greenrack'), { recursive: true });
    writeFileSync(join(dir.path, '.config/greenrack/token'), 'from-home');
    await boards({});
    expect(sent()).toBe('Bearer from-home');
  });

  it('may be absent', async () => {
    expect((await boards({})).exitCode).toBe(0);
    expect(sent()).toBeUndefined();
  });

  it('is asked for with the name of the file that is missing', async () => {
    const { exitCode, err } = await boards({ GREENRACK_TOKEN_FILE: '/no/such/token' });
    expect(exitCode).toBe(2);
    expect(err).toContain('/no/such/token: ENOENT');
  });

  it.each([
    [
      {},
      /no token was sent: set GREENRACK_TOKEN or GREENRACK_TOKEN_FILE, or write one to .*token$/m,
    ],
    [{ GREENRACK_TOKEN: 'abc' }, /the token came from GREENRACK_TOKEN$/m],
  ])('is explained to who was refused: %j', async (env, advice) => {
    fake.route('GET /boards', () => problem(401, 'unauthorized', 'the token is unknown'));
    const { exitCode, err } = await boards(env);
    expect(exitCode).toBe(2);
    expect(err).toMatch(advice);
    expect(err).not.toContain('abc');
  });

  it('is not shown when it is no token', async () => {
    const { exitCode, err } = await boards({ GREENRACK_TOKEN: 'two words' });
    expect(exitCode).toBe(2);
    expect(err).toContain('GREENRACK_TOKEN holds no token');
    expect(err).not.toContain('two words');
  });
});

describe('boards', () => {
  beforeEach(() => fake.route('GET /agents', () => page([])));

  it('lists all pages', async () => {
    fake.route('GET /boards', ({ url }) =>
      url.includes('cursor=c%26d') ? page([boardView('b-2')]) : page([boardView('b-1')], 'c&d'),
    );
    const { out } = await cli('boards');
    expect(out).toMatch(/^BOARD +TARGET +AGENT/);
    expect(out).toMatch(/b-1 +K64F +pi-1 +idle +good +3 +nightly\nb-2 /);
  });

  it('says so when there is none', async () => {
    fake.route('GET /boards', () => page([]));
    const { exitCode, out, err } = await cli('boards');
    expect([exitCode, out]).toEqual([0, '']);
    expect(err).toContain('no agent has connected');
  });

  const NAMED = { ...boardView('0240000028884e450019700f6bf0000f8021000097969900'), name: 'left' };

  it('calls boards by their names, shortens long serials, and shows both in full when asked', async () => {
    const { name: _, ...nameless } = NAMED;
    fake.route('GET /boards', () => page([NAMED, nameless]));
    expect((await cli('boards')).out).toMatch(
      /left +K64F [\s\S]*\n0240000028884e450019…9900 +K64F/,
    );
    expect((await cli('boards', '--wide')).out).toMatch(
      /^SERIAL +NAME +TARGET[\s\S]*\n0240000028884e450019700f6bf0000f8021000097969900 +left +K64F/,
    );
  });

  it('says which agents are not there', async () => {
    const agent = { version: '1', host: 'pi', connected: true, sinceMs: 1, boards: 1 };
    const missing = { version: '', host: '', connected: false, sinceMs: 0, neverSeen: true };
    fake.route('GET /boards', () => page([boardView('b-1')]));
    fake.route('GET /agents', () =>
      page([
        { ...agent, name: 'here' },
        { ...missing, name: 'lab-2', boards: 3 },
      ]),
    );
    const { exitCode, err } = await cli('boards');
    expect([exitCode, err]).toEqual([
      0,
      'agent lab-2 has never connected: 3 boards of the farm cannot be used; start it with greenrack agent\n',
    ]);
  });

  it('takes the name of a board for the board', async () => {
    fake.route('GET /boards', () => page([boardView('b-1'), NAMED]));
    fake.route(`POST /boards/${NAMED.serial}/state`, () => ({ body: {} }));
    const { exitCode, err } = await cli('boards', 'left', '--good', 'mended');
    expect([exitCode, err]).toEqual([0, 'left is now good\n']);
  });

  it('takes a board out of service with a cause', async () => {
    fake.route('GET /boards', () => page([boardView('b-1')]));
    fake.route('POST /boards/b-1/state', () => ({ body: {} }));
    const { exitCode } = await cli('boards', 'b-1', '--maintenance', 'new cable');
    expect(exitCode).toBe(0);
    expect(JSON.parse(fake.requests.at(-1)?.body ?? '')).toEqual({
      health: 'maintenance',
      cause: 'new cable',
    });
  });

  it('has a board examined', async () => {
    fake.route('GET /boards', () => page([boardView('b-1')]));
    fake.route('POST /boards/b-1/state', () => ({ body: {} }));
    const { exitCode, err } = await cli('boards', 'b-1', '--check', 'it smells');
    expect(exitCode).toBe(0);
    expect(err).toContain('b-1 is now suspect');
    expect(JSON.parse(fake.requests.at(-1)?.body ?? '')).toEqual({
      ...{ health: 'suspect', cause: 'it smells' },
    });
  });

  it('decides one thing at a time about a board', async () => {
    const { exitCode, err } = await cli('boards', 'b-1', '--check', 'x', '--good', 'y');
    expect(exitCode).toBe(2);
    expect(err).toContain('use one of --maintenance, --good and --check');
    expect(fake.requests).toEqual([]);
  });

  it('says why a board is not trusted, whatever happened to it since', async () => {
    const broken = { health: 'quarantined', current: null, cause: 'seen' } as const;
    const view = { ...boardView('b-1'), ...broken, healthCause: 'its health check ended as fail' };
    fake.route('GET /boards', () => page([view]));
    expect((await cli('boards')).out).toMatch(/quarantined .*its health check ended as fail/);
  });

  it('shows the evidence in the history of a board', async () => {
    const step = { atMs: 1, availability: 'idle', health: 'suspect', actor: 'controller' };
    const why = { cause: 'it failed', evidence: 'att_1 (run_2, attempt 1)' };
    fake.route('GET /boards', () => page([boardView('b-1')]));
    fake.route('GET /boards/b-1/history', () => page([{ ...step, ...why }]));
    expect((await cli('boards', 'b-1')).out).toContain(
      'it failed; evidence: att_1 (run_2, attempt 1)',
    );
  });

  it('cannot be tricked into another route by a serial', async () => {
    fake.route('GET /boards', () => page([]));
    await cli('boards', '../tokens');
    expect(fake.requests.at(-1)?.url).toMatch(/^\/api\/v1\/boards\/\.\.%2Ftokens\/history/);
  });

  it('ends with 3 when the answer is not what the protocol says', async () => {
    fake.route('GET /boards', () => page([{ serial: 5 }]));
    const { exitCode, err } = await cli('boards');
    expect(exitCode).toBe(3);
    expect(err).toMatch(/the answer to GET \/boards.*items\[0\]\.serial/);
  });

  it('ends with 3 when something else than a farm answers', async () => {
    fake.route('GET /boards', () => ({ status: 502, type: 'text/html', body: '<h1>Bad gateway' }));
    const { exitCode, err } = await cli('boards');
    expect(exitCode).toBe(3);
    expect(err).toContain('with HTTP 502, which is no answer of a Greenrack farm');
  });
});

describe('token', () => {
  const token = {
    id: `tok_${'0'.repeat(23)}`,
    name: 'ci',
    role: 'submitter',
    tenant: 'default',
    createdMs: 1,
    expiresMs: null,
    revokedMs: null,
  };

  it('prints the secret alone, so that it can be piped', async () => {
    fake.route('POST /tokens', () => ({ status: 201, body: { token, secret: 's3cret' } }));
    const { out } = await cli('token', 'create', '--name', 'ci', '--role', 'submitter');
    expect(out).toBe('s3cret\n');
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({ name: 'ci', role: 'submitter' });
  });

  it('writes the secret to a file that only the owner can read', async () => {
    fake.route('POST /tokens', () => ({ status: 201, body: { token, secret: 's3cret' } }));
    const { out } = await cli('token', 'create', '--name', 'ci', '--role', 'viewer', '-o', 't');
    expect(out).toBe('');
    expect(readFileSync(join(dir.path, 't'), 'utf8')).toBe('s3cret\n');
    expect(statSync(join(dir.path, 't')).mode & 0o777).toBe(0o600);
  });

  it('revokes by id', async () => {
    fake.route(`DELETE /tokens/${token.id}`, () => ({ status: 204, body: '' }));
    expect((await cli('token', 'revoke', token.id)).exitCode).toBe(0);
  });

  it('shows that the role is missing on the server', async () => {
    fake.route('GET /tokens', () => problem(403, 'forbidden', 'needs the role admin'));
    const { exitCode, err } = await cli('token', 'list');
    expect(exitCode).toBe(2);
    expect(err).toContain('needs the role admin (forbidden)');
  });
});
