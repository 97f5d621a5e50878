import { join } from 'node:path';
import { END_REASONS, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { parseHtrunArgs } from '../src/ctest/htrun-args.js';
import { HTRUN_RESULTS, htrunResult } from '../src/ctest/htrun-result.js';
import { cli, dir, fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';

const call = cli;

describe('the command line of mbedhtrun', () => {
  it('is read as Mbed OS writes it', () => {
    const args =
      '-f a/b.bin -e TESTS/host_tests -m K64F -R 3 --baud-rate=115200 -p /dev/ttyACM0 --sync 5';
    expect(parseHtrunArgs(args.split(' '))).toEqual({ image: 'a/b.bin', micro: 'K64F' });
  });

  it('is read as Mbed CE writes it', () => {
    const args =
      '-p /dev/ttyACM0 --test-name test-timer --mbed-target K64F --build-dir build --skip-reset --sync-predelay 0.2 --reset-type cmake --micro MK64FN1M0VLL12 --baud-rate=9600';
    expect(parseHtrunArgs(args.split(' '))).toEqual({
      testName: 'test-timer',
      target: 'K64F',
      micro: 'MK64FN1M0VLL12',
      buildDir: 'build',
    });
  });

  it('takes -t for a target as Mbed CE does, and for a board as Mbed OS does', () => {
    expect(parseHtrunArgs(['-t', 'NUCLEO_F429ZI'])).toEqual({ target: 'NUCLEO_F429ZI' });
    expect(parseHtrunArgs(['-t', '0240000034544e45'])).toEqual({ board: '0240000034544e45' });
  });

  it('takes values glued to short options', () => {
    expect(parseHtrunArgs(['-mK64F', '-R20'])).toEqual({ micro: 'K64F' });
  });

  it.each([['--frobnicate'], ['-f'], ['stray'], ['--polling-timeout', 'long'], ['--skip-reset=1']])(
    'is refused when it says %s',
    (...args) => {
      expect(() => parseHtrunArgs(args)).toThrow(/ctest-run/);
    },
  );
});

describe('results in the words of the stock runner', () => {
  const GOOD = ['pass', 'flaky', 'xfail', 'skipped'];

  it('are a success for good verdicts only, and a failure for those against the code', () => {
    for (const verdict of VERDICTS)
      for (const reason of END_REASONS) {
        const code = HTRUN_RESULTS[htrunResult({ verdict, reason })];
        expect([verdict, code === 0]).toEqual([verdict, GOOD.includes(verdict)]);
        const against = ['fail', 'crash', 'xpass'].includes(verdict);
        expect([verdict, code === 1]).toEqual([verdict, against]);
      }
    expect(htrunResult({ verdict: null, reason: null })).toBe('error');
  });

  it('tell hangs and infrastructure apart', () => {
    expect(htrunResult({ verdict: 'hang', reason: 'timeout' })).toBe('timeout');
    expect(htrunResult({ verdict: 'infra', reason: 'noBoard' })).toBe('not_detected');
    expect(htrunResult({ verdict: 'infra', reason: 'agentLost' })).toBe('error');
  });
});

describe('ctest-run', () => {
  it('ends as no_image when the image is not there, and submits nothing', async () => {
    const { exitCode, err } = await call('ctest-run', '-f', 'none.bin', '-m', 'K64F');
    expect(exitCode).toBe(9);
    expect(err).toContain('none.bin: no such image');
    const below = ['--test-name', 'test-x', '--build-dir', '.', '--mbed-target', 'K64F'];
    expect(await call('ctest-run', ...below)).toMatchObject({ exitCode: 9 });
    expect(fake.requests).toEqual([]);
  });

  it('ends as an error for an option that it does not know, or without a target', async () => {
    put('a.bin');
    expect(await call('ctest-run', '-f', 'a.bin', '-m', 'K64F', '--new-one')).toMatchObject({
      exitCode: 2,
    });
    expect(await call('ctest-run', '-f', 'a.bin')).toMatchObject({ exitCode: 2 });
  });

  it('ends as an error when the farm does not answer', async () => {
    put('a.bin');
    await fake.stop();
    const { exitCode, out } = await call('ctest-run', '-f', 'a.bin', '-m', 'K64F');
    expect(exitCode).toBe(2);
    expect(out).not.toContain('success');
  });

  it('finds the image of a test of Mbed CE by its name, the richest format first', async () => {
    for (const file of ['b/x/test-timer.bin', 'b/x/test-timer.elf', 'b/y/test-other.elf'])
      put(file);
    fake.route('POST /submissions', () => ({ status: 500, body: 'enough seen' }));
    await call(
      'ctest-run',
      '--test-name',
      'test-timer',
      '--mbed-target',
      'K64F_NS',
      '--build-dir',
      'b',
    );
    expect(uploadOf(fake).spec.runs).toEqual([
      { name: 'test-timer', image: 'test-timer.elf', target: 'K64F' },
    ]);
  });

  it('does not guess between images of one name', async () => {
    for (const file of ['b/x/test-timer.elf', 'b/y/test-timer.elf']) put(file);
    const args = ['--test-name', 'test-timer', '--mbed-target', 'K64F', '--build-dir', 'b'];
    const { exitCode, err } = await call('ctest-run', ...args);
    expect(exitCode).toBe(2);
    expect(err).toContain('several images');
  });
});

describe('submit --ctest', () => {
  const test = (name: string, command: string[], properties: object[] = []) => ({
    name,
    command,
    properties,
  });
  const info = (...tests: object[]) => put('ctest.json', { kind: 'ctestInfo', tests });
  const htrun = (image: string) => ['/usr/bin/mbedhtrun', '-f', image, '-m', 'K64F'];

  it('runs the on-target tests of a project under their names', async () => {
    put('a.bin');
    put('sub/b.bin');
    const file = info(
      test('mbed-a', htrun('a.bin'), [{ name: 'TIMEOUT', value: 20 }]),
      test('on-the-host', ['./unit-tests']),
      test('mbed-b', htrun('b.bin'), [{ name: 'WORKING_DIRECTORY', value: join(dir.path, 'sub') }]),
      test('off', htrun('none.bin'), [{ name: 'DISABLED', value: true }]),
      { name: 'not built' },
    );
    expect(await call('submit', '--ctest', file, '--no-wait')).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs).toEqual([
      { name: 'mbed-a', image: 'mbed-a.bin', target: 'K64F', timeoutMs: 20_000 },
      { name: 'mbed-b', image: 'mbed-b.bin', target: 'K64F' },
    ]);
  });

  /** What Mbed CE writes for a test: CTest runs this script, and the script the runner. */
  function putScript(name: string, args: string): object {
    const script = `mbed-run-greentea-${name}.cmake`;
    put(
      `b/${name}/${script}`,
      `execute_process(COMMAND ninja flash-${name})\nset(MBEDHTRUN_ARGS ${args}) # filled in\nexecute_process(COMMAND mbedhtrun \${MBEDHTRUN_ARGS})\n`,
    );
    const folder = { name: 'WORKING_DIRECTORY', value: join(dir.path, 'b', name) };
    return test(name, ['/usr/bin/cmake', '-P', script], [folder]);
  }
  const ceArgs = (name: string) =>
    `-p;farm;--test-name;${name};--mbed-target;K64F;--build-dir;${join(dir.path, 'b')};--skip-reset;--baud-rate=9600`;

  it('runs the tests of Mbed CE, whose runner is called by a script', async () => {
    put('b/test-a/test-a.elf');
    put('b/test-a/test-a.bin');
    const skipped = test('test-c', ['cmake', '-E', 'echo', 'Skipping test-c:', 'no TRNG']);
    const file = info(putScript('test-a', ceArgs('test-a')), skipped);
    expect(await call('submit', '--ctest', file, '--no-wait')).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs).toEqual([
      { name: 'test-a', image: 'test-a.elf', target: 'K64F' },
    ]);
  });

  it('names every test that was not built', async () => {
    put('b/test-a/test-a.elf');
    const file = info(...['test-a', 'test-b', 'test-c'].map((n) => putScript(n, ceArgs(n))));
    const { exitCode, err } = await call('submit', '--ctest', file, '--no-wait');
    expect(exitCode).toBe(2);
    expect(err).toContain('2 of 3 tests have no image');
    expect(err).toContain('-i test-b,test-c');
  });

  it('refuses a project without on-target tests, and what is no list of tests', async () => {
    const none = info(test('on-the-host', ['./unit-tests']));
    expect((await call('submit', '--ctest', none, '--no-wait')).err).toContain(
      'none of its 1 tests',
    );
    const wrong = put('x.json', { kind: 'other' });
    expect(await call('submit', '--ctest', wrong, '--no-wait')).toMatchObject({ exitCode: 2 });
  });
});
