import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { startCli } from './support/call-cli.js';
import { dir, fake, put } from './support/cli-bench.js';
import { runView, SUBMISSION_ID } from './support/views.js';

describe('submit, waiting', () => {
  const submitTwo = (...args: string[]) => {
    fake.runs = [runView(0, { boardSerial: 'b-1' }), runView(1, { boardSerial: 'b-2' })];
    return startCli(['submit', put('K64F/a.elf'), ...args], { cwd: dir.path, url: fake.url });
  };

  it.each<[Verdict, Verdict, number]>([
    ['pass', 'pass', 0],
    ['pass', 'skipped', 0],
    ['pass', 'flaky', 0],
    ['pass', 'xfail', 0],
    ['pass', 'fail', 1],
    ['pass', 'crash', 1],
    ['pass', 'hang', 1],
    ['pass', 'xpass', 1],
    ['pass', 'infra', 3],
    ['pass', 'blocked', 3],
    ['pass', 'cancelled', 3],
    ['fail', 'infra', 1],
  ])('ends a submission of %s and %s with %i', async (first, second, expected) => {
    fake.route(`GET /runs/${runView(0).id}`, () => ({
      body: { ...fake.runs[0], attemptList: [], waiting: null },
    }));
    fake.route(`GET /runs/${runView(1).id}`, () => ({
      body: { ...fake.runs[1], attemptList: [], waiting: null },
    }));
    fake.onSubscribed = () => {
      fake.emit('run', fake.finish(0, first));
      fake.emit('run', fake.finish(1, second));
      fake.emit('submission', fake.submission);
    };
    const call = submitTwo();
    expect(await call.exitCode).toBe(expected);
    expect(call.out()).toMatch(new RegExp(`run 0 +K64F +b-1 +${first} +0\\.4 s`));
    expect(call.out()).toMatch(new RegExp(`run 1 +K64F +b-2 +${second}`));
  });

  it('says why nothing begins', async () => {
    fake.route(`GET /runs/${runView(0).id}`, () => {
      // The command has asked; now the run may end.
      setImmediate(() => fake.finishAll('pass'));
      const waiting = { reason: 'every board is offline', position: 1, etaMs: null };
      return { body: { ...fake.runs[0], attemptList: [], waiting } };
    });
    const call = submitTwo();
    expect(await call.exitCode).toBe(0);
    expect(call.err()).toContain('waiting: every board is offline\n');
  });

  it('warns of flaky runs', async () => {
    fake.onSubscribed = () => fake.finishAll('flaky');
    const call = submitTwo();
    await call.exitCode;
    expect(call.err()).toContain('warning: flaky, passed only after a failure: run 0, run 1');
  });

  it('sees an end that came before it could listen', async () => {
    fake.onSubscribed = () => {
      fake.finish(0, 'pass');
      fake.finish(1, 'pass');
    };
    expect(await submitTwo().exitCode).toBe(0);
  });

  it('survives a farm that restarts, and misses nothing of what happened meanwhile', async () => {
    const call = submitTwo();
    let subscribed: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      subscribed = resolve;
    });
    fake.onSubscribed = () => subscribed();
    await first;
    await fake.stop();
    await call.shows('the farm does not answer; waiting for it');
    fake.finish(0, 'pass');
    fake.finish(1, 'pass');
    await fake.start();
    expect(await call.exitCode).toBe(0);
    expect(call.err()).toContain('2/2  pass');
  });

  it('shows where a failed assertion stands', async () => {
    const failures = [{ message: 'expected 1, got 2', file: 'checks.c', line: 42 }];
    const cases = [{ ordinal: 0, name: 'c', verdict: 'fail', durationUs: 5, failures }];
    const attempt = {
      id: `att_${'0'.repeat(23)}`,
      number: 1,
      boardSerial: 'b-1',
      agent: 'pi-1',
      state: 'finished',
      verdict: 'fail',
      reason: 'completed',
      message: '',
      startedMs: 1,
      finishedMs: 2,
      consoleBytes: 0,
      cases,
      metrics: [],
      crash: null,
    };
    fake.onSubscribed = () => fake.finishAll('fail');
    for (const i of [0, 1])
      fake.route(`GET /runs/${runView(i).id}`, () => ({
        body: { ...fake.runs[i], attemptList: [attempt], waiting: null },
      }));
    const call = submitTwo();
    expect(await call.exitCode).toBe(1);
    expect(call.out()).toContain('checks.c:42: expected 1, got 2');
  });

  it('prints one JSON object and nothing else with --json, and writes JUnit', async () => {
    fake.onSubscribed = () => fake.finishAll('pass');
    fake.route(`GET /submissions/${SUBMISSION_ID}/junit`, () => ({ body: '<testsuites/>' }));
    const call = submitTwo('--json', '--junit', 'out/j.xml');
    expect(await call.exitCode).toBe(0);
    expect(JSON.parse(call.out())).toMatchObject({
      ok: true,
      submissionId: SUBMISSION_ID,
      exitCode: 0,
      runs: [{ name: 'run 0', verdict: 'pass', board: 'b-1', durationMs: 400 }, {}],
    });
    expect(readFileSync(join(dir.path, 'out/j.xml'), 'utf8')).toBe('<testsuites/>');
  });

  it('keeps escape sequences of a message from the terminal', async () => {
    fake.onSubscribed = () => {
      for (const i of [0, 1]) fake.finish(i, 'crash', { message: '\u001b]0;owned\u0007' });
      fake.emit('submission', fake.submission);
    };
    const call = submitTwo();
    await call.exitCode;
    expect(call.out()).toContain('owned');
    expect(call.out() + call.err()).not.toContain('\u001b');
  });

  it('ends with 2 when the farm refuses the live connection', async () => {
    put('K64F/a.elf');
    const env = { GREENRACK_TOKEN: 'bad' };
    const call = startCli(['submit', '.'], { cwd: dir.path, url: fake.url, env });
    expect(await call.exitCode).toBe(2);
    expect(call.err()).toContain('the token is not valid (unauthorized)');
  });
});

describe('submit, interrupted', () => {
  const cancels = () => fake.requests.filter((r) => r.url.endsWith('/cancel')).length;
  const begun = (tty: boolean) => {
    const call = startCli(['submit', put('K64F/a.elf')], { cwd: dir.path, url: fake.url, tty });
    const subscribed = new Promise<void>((resolve) => {
      fake.onSubscribed = () => resolve();
    });
    return subscribed.then(() => call);
  };

  it('cancels what it started when there is nobody to ask', async () => {
    const call = await begun(false);
    call.signals.emit('SIGTERM');
    expect(await call.exitCode).toBe(143);
    expect(cancels()).toBe(1);
    expect(call.out()).toContain('cancelled');
  });

  it('asks on a terminal, and goes on after a no', async () => {
    const call = await begun(true);
    call.signals.emit('SIGINT');
    await call.shows('[y/l/N]');
    call.stdin.write('n\n');
    fake.finishAll('pass');
    expect(await call.exitCode).toBe(0);
    expect(cancels()).toBe(0);
  });

  it('leaves the submission running for who asks for that, and says how to see it again', async () => {
    const call = await begun(true);
    call.signals.emit('SIGINT');
    await call.shows('l: leave it running');
    call.stdin.write('l\n');
    expect(await call.exitCode).toBe(130);
    expect(cancels()).toBe(0);
    expect(call.err()).toContain(`greenrack watch ${SUBMISSION_ID}`);
  });

  it.each([
    ['a yes', (call: Awaited<ReturnType<typeof begun>>) => void call.stdin.write('y\n')],
    [
      'a second Ctrl-C',
      (call: Awaited<ReturnType<typeof begun>>) => void call.signals.emit('SIGINT'),
    ],
  ])('cancels once after %s', async (_what, answer) => {
    const call = await begun(true);
    call.signals.emit('SIGINT');
    await call.shows('[y/l/N]');
    answer(call);
    expect(await call.exitCode).toBe(130);
    expect(cancels()).toBe(1);
  });
});
