import { describe, expect, it } from '@jest/globals';
import { fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';
import { build, CRC, spec, submit, TIMER } from './support/test-spec-build.js';

describe('submit --test-spec --expectations', () => {
  it('takes what is expected of tests from a list, with overrides per target', async () => {
    const list = put(
      'allowed_test_failures.json5',
      `{
        // for all targets // of the kind
        'tests-*': 'FLAKY', /* several
        lines */
        "tests-mbed_drivers-timer": { default: 'PASSING', K64F: 'FAILING' },
        other: { K66F: 'FAILING' },
      }`,
    );
    const file = spec({ 'K64F-GCC_ARM': build([TIMER, 'tests-utest', CRC, 'other']) });
    await submit(['--test-spec', file, '--expectations', list]);
    expect(uploadOf(fake).spec.runs.map((run) => run.expect)).toEqual([
      'fail',
      'flaky',
      undefined,
      undefined,
    ]);
  });

  it('takes a state with its reason, for the targets that it names, and says what is listed', async () => {
    const list = put(
      'list.yaml',
      `${TIMER}: { state: FAILING, targets: [K64F], reason: no crystal }\n${CRC}: { state: FLAKY, targets: [K66F], reason: no }\nother: { state: FLAKY, reason: by chance }`,
    );
    const file = spec({ 'K64F-GCC_ARM': build([TIMER, CRC, 'other']) });
    const { err } = await submit(['--test-spec', file, '--expectations', list]);
    const expected = uploadOf(fake).spec.runs.map((run) => run.expect);
    expect(expected).toEqual(['fail', undefined, 'flaky']);
    expect(err).toContain(`2 tests listed as failing or flaky: ${TIMER}, other`);
  });

  it('knows what the tests of Mbed CE cannot do on virtual boards', async () => {
    const names = ['test-mbed-hal-rtc', 'test-mbed-hal-sleep', 'test-mbed-drivers-crc'];
    const file = spec({
      'ARM_CM3DS_MPS2-GCC_ARM': { ...build(names), platform: 'ARM_CM3DS_MPS2' },
    });
    await submit(['--test-spec', file, '--expectations', 'virtual']);
    expect(uploadOf(fake).spec.runs.map((run) => run.expect)).toEqual(['fail', 'fail', undefined]);
  });

  it("takes Mbed CE's list of allowed failures as it is, by test, case and target", async () => {
    const list = put(
      'allowed_test_failures.json5',
      `{
        // cases that are known to fail
        "allowed_failures": {
          '${TIMER}': {
            "Test: stop": { "default": "failing", target_overrides: { K64F: "flaky" } },
            'Test: start': { target_overrides: { K64F: 'failing', LPC1768: 'flaky' } },
            'Test: reset': { target_overrides: { LPC1768: 'failing' } },
            'Test: read': {},
          },
          '${CRC}': { '${CRC}': { default: 'failing' } },
          'not-built': { 'x': { default: 'failing' } },
        },
      }`,
    );
    const file = spec({ 'K64F-GCC_ARM': build([TIMER, CRC, 'other']) });
    await submit(['--test-spec', file, '--expectations', list]);
    const runs = uploadOf(fake).spec.runs.map(({ expect: whole, expectCases }) => ({
      whole,
      expectCases,
    }));
    expect(runs).toEqual([
      { expectCases: { 'Test: stop': 'flaky', 'Test: start': 'fail' } },
      { whole: 'fail' },
      {},
    ]);
  });

  it.each([
    [
      "{ allowed_failures: { t: { c: { default: 'FAILING' } } } }",
      'list.json5: allowed_failures.t.c.default',
    ],
    [
      '{ allowed_failures: { t: { c: { defualt: "failing" } } } }',
      'list.json5: allowed_failures.t.c',
    ],
    ['{ allowed_failures: [] }', 'list.json5: allowed_failures'],
  ])("names the entry of Mbed CE's list that is wrong: %s", async (text, where) => {
    const list = put('list.json5', text);
    const file = spec({ 'K64F-GCC_ARM': build([TIMER]) });
    const { exitCode, err } = await submit(['--test-spec', file, '--expectations', list]);
    expect(exitCode).toBe(2);
    expect(err).toContain(where);
  });

  it('names the entry of a list that is wrong', async () => {
    const list = put('list.json5', "{ 'tests-*': 'BROKEN' }");
    const file = spec({ 'K64F-GCC_ARM': build([TIMER]) });
    const { exitCode, err } = await submit(['--test-spec', file, '--expectations', list]);
    expect(exitCode).toBe(2);
    expect(err).toContain('list.json5: tests-*');
  });
});
