import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { cli, dir, fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';
import { runView } from './support/views.js';

const ARGS = ['-f', 'a.bin', '-m', 'K64F'];

/** A build folder as CMake makes it, with one test that is expected to fail and one that is not. */
function configure(): void {
  put(
    'CMakeLists.txt',
    `cmake_minimum_required(VERSION 3.16)
project(some NONE)
enable_testing()
add_test(NAME "known; bad" COMMAND mbedhtrun -f a.bin -m K64F)
add_test(NAME good COMMAND mbedhtrun -f "b c.bin" -m K64F)
add_test(NAME named COMMAND anything)
set_tests_properties("known; bad" named PROPERTIES WILL_FAIL TRUE TIMEOUT 20)
set_tests_properties(good PROPERTIES WILL_FAIL FALSE)
`,
  );
  execFileSync('cmake', ['-S', '.', '-B', '.'], { cwd: dir.path });
}

function ends(verdict: 'xfail' | 'xpass' | 'infra' | 'pass' | 'fail'): void {
  fake.runs = [runView(0)];
  fake.onSubscribed = () => fake.finishAll(verdict);
}

beforeEach(() => {
  for (const name of ['a.bin', 'b c.bin']) put(name);
  configure();
});

describe('a test that CTest expects to fail', () => {
  it.each([
    ['xfail', 1],
    ['xpass', 0],
    ['infra', 0],
  ] as const)(
    'is run as one that is known to fail, and its %s ends with %d',
    async (verdict, code) => {
      ends(verdict);
      const { exitCode, out } = await cli('ctest-run', ...ARGS);
      expect(exitCode).toBe(code);
      expect(out).toContain('WILL_FAIL');
      expect(uploadOf(fake).spec.runs).toEqual([
        { name: 'a', image: 'a.bin', target: 'K64F', expect: 'fail' },
      ]);
    },
  );

  it('is no success when the farm cannot be reached, or the image is not there', async () => {
    await fake.stop();
    expect(await cli('ctest-run', ...ARGS)).toMatchObject({ exitCode: 0 });
    const named = ['--test-name', 'named', '--build-dir', '.', '-m', 'K64F'];
    expect(await cli('ctest-run', ...named)).toMatchObject({ exitCode: 0 });
  });

  it('leaves other tests alone', async () => {
    ends('fail');
    expect(await cli('ctest-run', '-f', 'b c.bin', '-m', 'K64F')).toMatchObject({ exitCode: 1 });
    expect(uploadOf(fake).spec.runs[0]).not.toHaveProperty('expect');
  });

  it('is run by the same rule with --ctest', async () => {
    const info = put('ctest.json', {
      kind: 'ctestInfo',
      tests: [
        {
          name: 'known; bad',
          command: ['mbedhtrun', ...ARGS],
          properties: [{ name: 'WILL_FAIL', value: true }],
        },
      ],
    });
    expect(await cli('submit', '--ctest', info, '--no-wait')).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs[0]).toMatchObject({ expect: 'fail' });
  });
});
