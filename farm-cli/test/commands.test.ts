import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeLogHeader, encodeRecordHeader } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callCli, startCli, tempDir } from './support/call-cli.js';
import { FakeFarm, problem } from './support/fake-farm.js';
import { attemptId, boardView, runId, runView, SUBMISSION_ID } from './support/views.js';

let fake: FakeFarm;
let dir: ReturnType<typeof tempDir>;
beforeEach(async () => {
  fake = new FakeFarm();
  dir = tempDir();
  await fake.start();
});
afterEach(async () => {
  await fake.stop();
  dir.remove();
});
const cli = (...args: string[]) => callCli(args, { cwd: dir.path, url: fake.url });
const page = (items: unknown[], nextCursor: string | null = null) => ({
  body: { items, nextCursor },
});
const attempt = (number: number) => ({
  id: attemptId(number),
  number,
  boardSerial: 'b-1',
  agent: 'pi-1',
  state: 'finished',
  verdict: 'fail',
  reason: 'completed',
  message: '',
  startedMs: 1,
  finishedMs: 2,
  consoleBytes: 3,
  cases: [],
  metrics: [],
  crash: null,
});
const detail = (attempts: object[]) => ({
  body: { ...runView(0), attemptList: attempts, waiting: null },
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

  it('takes a board out of service with a cause', async () => {
    fake.route('POST /boards/b-1/state', () => ({ body: {} }));
    const { exitCode } = await cli('boards', 'b-1', '--maintenance', 'new cable');
    expect(exitCode).toBe(0);
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
      health: 'maintenance',
      cause: 'new cable',
    });
  });

  it('has a board examined', async () => {
    fake.route('POST /boards/b-1/state', () => ({ body: {} }));
    const { exitCode, err } = await cli('boards', 'b-1', '--check', 'it smells');
    expect(exitCode).toBe(0);
    expect(err).toContain('b-1 is now suspect');
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
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
    fake.route('GET /boards/b-1/history', () => page([{ ...step, ...why }]));
    expect((await cli('boards', 'b-1')).out).toContain(
      'it failed; evidence: att_1 (run_2, attempt 1)',
    );
  });

  it('cannot be tricked into another route by a serial', async () => {
    await cli('boards', '../tokens');
    expect(fake.requests[0]?.url).toMatch(/^\/api\/v1\/boards\/\.\.%2Ftokens\/history/);
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

describe('runs', () => {
  it('lists the newest and stops asking once it has enough', async () => {
    fake.route('GET /runs', () => page([runView(0), runView(1)], 'more'));
    const { out } = await cli('runs', '--limit', '2');
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(fake.requests).toHaveLength(1);
  });

  it('shows the cases of one run, with file and line', async () => {
    const failures = [{ message: 'expected 1', file: 'a.c', line: 7 }];
    const cases = [{ ordinal: 0, name: 'adds', verdict: 'fail', durationUs: 1, failures }];
    fake.route(`GET /runs/${runId(0)}`, () => detail([{ ...attempt(1), cases }]));
    const { out } = await cli('runs', runId(0));
    expect(out).toContain('fail      adds\n            a.c:7: expected 1');
  });

  it('shows a failure without a place by its message alone', async () => {
    const failures = [{ message: 'never started' }];
    const cases = [{ ordinal: 0, name: 'adds', verdict: 'blocked', durationUs: null, failures }];
    fake.route(`GET /runs/${runId(0)}`, () => detail([{ ...attempt(1), cases }]));
    expect((await cli('runs', runId(0))).out).toContain('adds\n            never started\n');
  });

  it('says how to list the runs of a submission to whoever names one', async () => {
    const { exitCode, err } = await cli('runs', 'sub_00000000000000000000000');
    expect(exitCode).toBe(2);
    expect(err).toContain('greenrack runs --submission sub_00000000000000000000000');
  });

  it('cancels one', async () => {
    fake.route(`POST /runs/${runId(0)}/cancel`, () => ({ status: 202, body: {} }));
    expect((await cli('runs', runId(0), '--cancel')).exitCode).toBe(0);
    expect(fake.requests.map((r) => r.method)).toEqual(['POST']);
  });
});

describe('log', () => {
  const consoleOf = (number: number) => `GET /runs/${runId(0)}/attempts/${number}/console`;

  it('prints the bytes of the last attempt unchanged into a pipe', async () => {
    fake.route(`GET /runs/${runId(0)}`, () => detail([attempt(1), attempt(2)]));
    fake.route(consoleOf(2), () => ({ body: 'hello\u001b[31m\n' }));
    const { exitCode, out } = await cli('log', runId(0));
    expect(exitCode).toBe(0);
    expect(out).toBe('hello\u001b[31m\n');
  });

  it('disarms control characters on a terminal', async () => {
    fake.route(`GET /runs/${runId(0)}`, () => detail([attempt(1)]));
    fake.route(consoleOf(1), () => ({ body: 'a\tb\u001b]0;x\u0007\r\n' }));
    const { out } = await callCli(['log', runId(0)], { cwd: dir.path, url: fake.url, tty: true });
    expect(out).toBe('a\tb?]0;x?\r\n');
  });

  it('disarms the control characters of the upper half too, and leaves other text alone', async () => {
    fake.route(`GET /runs/${runId(0)}`, () => detail([attempt(1)]));
    fake.route(consoleOf(1), () => ({ body: 'Grüße\u009b31m' }));
    const { out } = await callCli(['log', runId(0)], { cwd: dir.path, url: fake.url, tty: true });
    expect(Buffer.from(out, 'latin1').toString('latin1')).toBe(
      `${Buffer.from('Grüße').toString('latin1')}\u00c2?31m`,
    );
  });

  it('says which attempts there are', async () => {
    fake.route(`GET /runs/${runId(0)}`, () => detail([attempt(1), attempt(2)]));
    const { exitCode, err } = await cli('log', runId(0), '--attempt', '3');
    expect(exitCode).toBe(2);
    expect(err).toContain('has no attempt 3; it has 1, 2');
  });

  it('follows a console over a restart of the farm, without loss or repetition', async () => {
    const record = (text: string) =>
      Buffer.concat([encodeRecordHeader(5, 'rx', text.length), Buffer.from(text)]);
    const log = Buffer.concat([
      encodeLogHeader(1),
      record('one '),
      record('two '),
      record('three'),
    ]);
    const send = (from: number, to: number, done: boolean) =>
      fake.emit('console', {
        attemptId: attemptId(1),
        offset: from,
        data: log.subarray(from, to),
        done,
      });
    fake.route(`GET /runs/${runId(0)}`, () => detail([attempt(1)]));
    const offsets = () => fake.subscriptions.map((topic) => (topic as { offset: number }).offset);
    const restarted = new Promise<void>((resolve, reject) => {
      fake.onSubscribed = () => {
        if (offsets().length > 1) return send(20, log.length, true);
        send(0, 30, false);
        fake
          .stop()
          .then(() => fake.start())
          .then(resolve, reject);
      };
    });
    const call = startCli(['log', runId(0), '--follow'], { cwd: dir.path, url: fake.url });
    await restarted;
    expect(await call.exitCode).toBe(0);
    expect(call.out()).toBe('one two three');
  });
});

describe('what firmware and specs wrote, on a terminal', () => {
  const hostile = 'x\u001b]0;owned\u0007\u009b2J\u202e\u007f\r';
  /** As far as the farm lets names be. */
  const hostileName = 'x\u009b2J\u202e';
  const failure = { file: hostile, line: 1, message: hostile };
  const bad = {
    ...attempt(1),
    message: hostile,
    cases: [{ ordinal: 0, name: hostile, verdict: 'fail', durationUs: 1, failures: [failure] }],
    crash: { message: hostile, lines: [hostile] },
  };
  const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

  it.each([
    [['runs', runId(0)], 0],
    [['runs', runId(0), '--json'], 0],
    [['runs'], 0],
    [['runs', '--json'], 0],
    [['junit', SUBMISSION_ID], 0],
    [['junit', 'sub_nope'], 2],
  ])('cannot drive it: %j', async (args, expected) => {
    const view = { ...runView(0), name: hostileName, message: hostile };
    fake.route(`GET /runs/${runId(0)}`, () => ({
      body: { ...view, attemptList: [bad], waiting: null },
    }));
    fake.route('GET /runs', () => page([view]));
    fake.route(`GET /submissions/${SUBMISSION_ID}/junit`, () => ({
      body: `<a>\n${hostile}</a>\n`,
    }));
    fake.route('GET /submissions/sub_nope/junit', () => problem(404, 'not_found', hostile));
    const { exitCode, out, err } = await callCli(args, { cwd: dir.path, url: fake.url, tty: true });
    expect(exitCode).toBe(expected);
    expect(out + err).not.toMatch(unsafe);
    expect(out + err).toContain(']0;owned');
  });

  it('is still whole in JSON', async () => {
    fake.route('GET /runs', () => page([{ ...runView(0), message: hostile }]));
    const [run] = JSON.parse((await cli('runs', '--json')).out);
    expect(run.message).toBe(hostile);
  });
});

describe('junit', () => {
  it.each([
    ['junit', '<testsuites/>'],
    ['ctrf', '{}'],
    ['tap', 'TAP version 14'],
  ])('fetches the report as %s', async (format, text) => {
    fake.route(`GET /submissions/${SUBMISSION_ID}/${format}`, () => ({ body: text }));
    expect((await cli('junit', SUBMISSION_ID, '--format', format)).out).toBe(text);
  });

  it('ends with 2 for a submission that is not there', async () => {
    const { exitCode, err } = await cli('junit', 'sub_nope');
    expect(exitCode).toBe(2);
    expect(err).toContain('(not_found)');
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

describe('watch', () => {
  it('follows a submission to its end', async () => {
    fake.runs = [runView(0)];
    fake.onSubscribed = () => fake.finishAll('pass');
    const { exitCode, out } = await cli('watch', SUBMISSION_ID);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/run 0 +K64F +pass/);
  });

  it('shows the farm until Ctrl-C', async () => {
    fake.route('GET /boards', () => page([boardView('b-1')]));
    const call = startCli(['watch'], { cwd: dir.path, url: fake.url });
    await call.shows('watching');
    call.signals.emit('SIGINT');
    expect(await call.exitCode).toBe(0);
    expect(call.out()).toContain('board b-1  idle, good');
  });
});
