import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callCli, startCli, tempDir } from './support/call-cli.js';
import { FakeFarm, problem } from './support/fake-farm.js';
import { uploadOf } from './support/fake-upload.js';
import { runView, SUBMISSION_ID } from './support/views.js';

let fake: FakeFarm;
let dir: ReturnType<typeof tempDir>;
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function put(name: string, text = name): string {
  const path = join(dir.path, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const submit = (...args: string[]) =>
  callCli(['submit', ...args], { cwd: dir.path, url: fake.url });

const uploaded = () => uploadOf(fake);

beforeEach(async () => {
  fake = new FakeFarm();
  dir = tempDir();
  await fake.start();
});
afterEach(async () => {
  await fake.stop();
  dir.remove();
});

describe('submit', () => {
  it('names images by hash and uploads only those that the farm does not have', async () => {
    put('K64F/old.elf');
    put('K64F/new.elf');
    fake.route('POST /images/query', () => ({ body: { missing: [sha('K64F/new.elf')] } }));
    const { exitCode } = await submit('.', '--no-wait');
    expect(exitCode).toBe(0);
    const { spec, files, body } = uploaded();
    expect(spec.images.map((image) => image.sha256).sort()).toEqual(
      [sha('K64F/new.elf'), sha('K64F/old.elf')].sort(),
    );
    expect(files).toEqual(['new.elf']);
    expect(body).toContain('\r\n\r\nK64F/new.elf\r\n--');
    expect(body.indexOf('name="spec"')).toBeLessThan(body.indexOf('name="image"'));
  });

  it('takes the target from the folder, one image per name, and the richest format', async () => {
    for (const file of ['K64F/a.bin', 'K64F/a.hex', 'K64F/a.elf', 'K66F/a.hex', 'K66F/map.txt'])
      put(file);
    await submit('.', '--no-wait');
    expect(uploaded().spec.runs).toEqual([
      { name: 'a', image: 'a.elf', target: 'K64F' },
      { name: 'a', image: 'a.hex', target: 'K66F' },
    ]);
  });

  it('gives images of one name different names in the upload', async () => {
    put('K64F/a.elf');
    put('K66F/a.elf');
    await submit('.', '--no-wait');
    expect(uploaded().spec.images.map((image) => image.name)).toEqual([
      'K64F-K64F-a.elf',
      'K66F-K66F-a.elf',
    ]);
  });

  it('passes what the options ask of the board and the run', async () => {
    const image = put('a.elf');
    await submit(
      image,
      '--target',
      'K64F',
      '--board',
      'b-1',
      '--timeout',
      '1.5',
      '--tag',
      'x',
      '--tag',
      'y',
      '--priority',
      'high',
      '--name',
      'mine',
      '--no-wait',
    );
    const { spec } = uploaded();
    expect(spec).toMatchObject({ name: 'mine', priority: 'high' });
    expect(spec.runs).toEqual([
      {
        name: 'a',
        image: 'a.elf',
        target: 'K64F',
        board: 'b-1',
        timeoutMs: 1500,
        tags: ['x', 'y'],
      },
    ]);
  });

  it('reads a spec, and finds its images beside it', async () => {
    put('x.elf');
    const spec = put(
      'spec.yaml',
      'version: 1\nname: mine\nruns:\n  - image: x.elf\n    target: K64F\n',
    );
    fake.route('POST /images/query', () => ({ body: { missing: [sha('x.elf')] } }));
    const { exitCode } = await submit(spec, '--no-wait');
    expect(exitCode).toBe(0);
    expect(uploaded().files).toEqual(['x.elf']);
    expect(uploaded().spec.images).toEqual([{ name: 'x.elf', sha256: sha('x.elf'), sizeBytes: 5 }]);
  });

  it.each([
    ['a path that is not there', ['nope.elf', '--target', 'K64F'], /nope\.elf: no such file/],
    ['an image without a target', ['a.elf'], /cannot tell its target.*--target/],
    ['a file that is no image', ['a.txt', '--target', 'K64F'], /neither an image .* nor a spec/],
    ['an empty image', ['empty.elf', '--target', 'K64F'], /empty\.elf: is empty/],
    ['a folder without images', ['void'], /void: no image in it/],
    ['a spec with a wrong field', ['bad.yaml'], /runs\[0\].*unknown field 'colour'/],
    ['a spec whose image is missing', ['lost.yaml'], /image y\.elf is not beside the spec/],
    [
      'a spec with options for runs',
      ['bad.yaml', '--board', 'b'],
      /leave out the options for board/,
    ],
    ['a bad target', ['a.elf', '--target', 'k64f'], /target.*expected an Mbed target name/],
    [
      'a bad priority',
      ['a.elf', '--priority', 'max'],
      /Allowed choices are urgent, high, normal, low/,
    ],
    ['a bad timeout', ['a.elf', '--timeout', '-1'], /expected seconds/],
    ['a bad URL', ['a.elf', '--target', 'K64F', '--url', 'ftp://x'], /no URL of a farm/],
  ])('ends with 2 for %s and sends nothing', async (_what, args, message) => {
    put('a.elf');
    put('a.txt');
    put('empty.elf', '');
    mkdirSync(join(dir.path, 'void'));
    put('bad.yaml', 'version: 1\nname: x\nruns:\n  - {image: a.elf, target: K64F, colour: 1}\n');
    put('lost.yaml', 'version: 1\nname: x\nruns:\n  - {image: y.elf, target: K64F}\n');
    const { exitCode, err } = await submit(...args);
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
    expect(fake.requests).toEqual([]);
  });

  it("shows the farm's refusal with the fields that it names", async () => {
    const errors = [{ path: 'runs[0].target', message: 'no board has it' }];
    fake.route('POST /submissions', () =>
      problem(422, 'unknown_target', 'nobody has a K64F', { errors, requestId: 'r-1' }),
    );
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(2);
    expect(err).toContain('greenrack: nobody has a K64F (unknown_target)');
    expect(err).toContain('  runs[0].target: no board has it');
  });

  it("does not repeat a field that the farm's message names already", async () => {
    const errors = [{ path: 'runs[0].target', message: 'no board has it' }];
    fake.route('POST /submissions', () =>
      problem(422, 'unknown_target', 'runs[0].target: no board has it', { errors }),
    );
    const { err } = await submit(put('K64F/a.elf'));
    expect(err).toBe('greenrack: runs[0].target: no board has it (unknown_target)\n');
  });

  it("shows the request's id when the farm is to blame", async () => {
    fake.route('POST /submissions', () =>
      problem(500, 'internal', 'a defect', { requestId: 'r-1' }),
    );
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(3);
    expect(err).toContain('  request r-1');
  });

  it('ends with 3 when the farm cannot be reached', async () => {
    await fake.stop();
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(3);
    expect(err).toContain('connection refused; is the farm running');
    await fake.start();
  });

  it('never lets a token into its output', async () => {
    fake.route('POST /submissions', () => problem(401, 'unauthorized', 'no valid token'));
    const { out, err } = await submit(put('K64F/a.elf'));
    expect(out + err).not.toContain('secret-token');
    expect(fake.requests[0]?.headers.authorization).toBe('Bearer secret-token');
  });
});

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
    await call.shows('cancel submission? [y/N]');
    call.stdin.write('n\n');
    fake.finishAll('pass');
    expect(await call.exitCode).toBe(0);
    expect(cancels()).toBe(0);
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
    await call.shows('cancel submission? [y/N]');
    answer(call);
    expect(await call.exitCode).toBe(130);
    expect(cancels()).toBe(1);
  });
});
