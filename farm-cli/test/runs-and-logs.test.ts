import { encodeLogHeader, encodeRecordHeader } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { callCli, startCli } from './support/call-cli.js';
import { cli, dir, fake } from './support/cli-bench.js';
import { problem } from './support/fake-farm.js';
import { attemptId, boardView, runId, runView, SUBMISSION_ID } from './support/views.js';

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
const detail = (attempts: object[], more: object = {}) => ({
  body: { ...runView(0), attemptList: attempts, waiting: null, ...more },
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
    fake.route(`GET /runs/${runId(0)}`, () => detail([], { state: 'queued', verdict: null }));
    fake.route(`POST /runs/${runId(0)}/cancel`, () => ({ status: 202, body: {} }));
    expect((await cli('runs', runId(0), '--cancel')).exitCode).toBe(0);
    expect(fake.requests.map((r) => r.method)).toEqual(['GET', 'POST']);
  });

  it('does not claim to cancel what has finished', async () => {
    fake.route(`GET /runs/${runId(0)}`, () => detail([], { state: 'finished', verdict: 'pass' }));
    const { exitCode, err } = await cli('runs', runId(0), '--cancel');
    expect(exitCode).toBe(2);
    expect(err).toContain('has finished (pass): there is nothing to cancel');
    expect(fake.requests.map((r) => r.method)).toEqual(['GET']);
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
    ['tap', 'TAP version 13'],
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

describe('watch', () => {
  it('follows a submission to its end', async () => {
    fake.runs = [runView(0)];
    fake.onSubscribed = () => fake.finishAll('pass');
    const { exitCode, out } = await cli('watch', SUBMISSION_ID);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/run 0 +K64F +pass/);
  });

  it('says at once how far a submission is that waits', async () => {
    fake.runs = [runView(0)];
    fake.submission = { ...fake.submission, runsTotal: 1 };
    const call = startCli(['watch', SUBMISSION_ID], { cwd: dir.path, url: fake.url });
    await call.shows('0 of 1 finished, 0 running');
    call.signals.emit('SIGTERM');
    expect(await call.exitCode).toBe(143);
  });

  it('shows the farm until Ctrl-C', async () => {
    fake.route('GET /boards', () => page([boardView('b-1')]));
    const call = startCli(['watch'], { cwd: dir.path, url: fake.url });
    await call.shows('watching');
    call.signals.emit('SIGINT');
    expect(await call.exitCode).toBe(130);
    expect(call.out()).toContain('board b-1  idle, good');
  });
});
