import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linePattern } from '@greenrack/farm-model';
import { describe, expect, it } from '@jest/globals';
import { dir, fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';
import { BASE, binaryOf, build, CRC, sha, spec, submit, TIMER } from './support/test-spec-build.js';

describe('submit --test-spec', () => {
  it('runs every test of a stock spec under its stock name', async () => {
    fake.route('POST /images/query', () => ({
      body: { missing: [TIMER, CRC].map((test) => sha(`image of ${test}`)) },
    }));
    const file = spec({ 'K64F-GCC_ARM': build([TIMER, CRC]) });
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    const { spec: sent, files } = uploadOf(fake);
    expect(sent.name).toBe('K64F-GCC_ARM');
    const told = { build: { toolchain: 'GCC_ARM' }, timing: { baudRate: 9600 } };
    expect(sent.runs).toEqual([
      { name: TIMER, image: `${TIMER}.bin`, target: 'K64F', ...told },
      { name: CRC, image: `${CRC}.bin`, target: 'K64F', ...told },
    ]);
    expect(files).toEqual([`${TIMER}.bin`, `${CRC}.bin`]);
  });

  it('finds the images from any folder, by the place of the spec', async () => {
    const file = spec({ 'K64F-GCC_ARM': build([TIMER]) });
    const elsewhere = dirname(put('elsewhere/x', 'x'));
    expect(await submit(['--test-spec', file], elsewhere)).toMatchObject({ exitCode: 0 });
  });

  it('finds the images of a spec that was moved together with its folder', async () => {
    const base = 'moved/out';
    put(binaryOf(TIMER, base), 'image');
    const file = spec(
      { 'K64F-GCC_ARM': build([TIMER], { base_path: '/was/there' }, [TIMER]) },
      `${base}/test_spec.json`,
    );
    expect((await submit(['--test-spec', file])).err).toContain(
      `builds.K64F-GCC_ARM.tests.${TIMER}.binaries[0].path: no such file`,
    );
    const tests = { [TIMER]: { binaries: [{ path: `/was/there/${TIMER}/${TIMER}.bin` }] } };
    const relative = { [TIMER]: { binaries: [{ path: `${TIMER}/${TIMER}.bin` }] } };
    spec(
      { 'K64F-GCC_ARM': build([], { base_path: '/was/there', tests }) },
      `${base}/test_spec.json`,
    );
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    spec({ 'K64F-GCC_ARM': build([], { tests: relative }) }, `${base}/test_spec.json`);
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['C:\\work\\BUILD\\K64F', 'C:\\work\\BUILD\\K64F\\t\\t.bin'],
    ['.\\BUILD\\K64F\\', '.\\BUILD\\K64F\\t\\t.bin'],
    ['/home/ci/mbed/BUILD/K64F', 'BUILD/K64F/t/t.bin'],
    ['./BUILD/K64F', '/home/ci/mbed/BUILD/K64F/t/t.bin'],
    ['c:/mbed/build/k64f', 'C:/mbed/BUILD/K64F/t/t.bin'],
  ])('finds the image behind base_path %s, written as %s elsewhere', async (base_path, path) => {
    put('here/t/t.bin', 'image');
    const tests = { t: { binaries: [{ path }] } };
    const file = spec({ K64F: build([], { base_path, tests }) }, 'here/test_spec.json');
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
  });

  it('refuses a test that stands twice and names both places', async () => {
    const file = spec({ K64F: build([TIMER]) });
    const entry = '{"binaries":[{"path":"x.bin"}]}';
    const builds = `{"builds": {"K64F": {"tests": {\n "t": ${entry},\n "u": ${entry},\n "t": ${entry}}}}}`;
    put(`${BASE}/test_spec.json`, builds);
    const { exitCode, err } = await submit(['--test-spec', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain('builds.K64F.tests.t stands twice, in line 2 and line 4');
  });

  it.each([
    ['a byte order mark', (text: string) => `\ufeff${text}`, 'utf8'],
    ['UTF-16, as PowerShell writes', (text: string) => `\ufeff${text}`, 'utf16le'],
  ] as const)('reads a spec with %s', async (_, marked, encoding) => {
    const file = spec({ K64F: build([TIMER]) });
    writeFileSync(file, marked(readFileSync(file, 'utf8')), encoding);
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [null, undefined],
    [undefined, undefined],
    ['9600', { baudRate: 9600 }],
    [115_200, { baudRate: 115_200 }],
  ])('asks for a console of %j baud', async (baud_rate, timing) => {
    const file = spec({ K64F: build([TIMER], { baud_rate }) });
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs[0]?.timing).toEqual(timing);
  });

  it('names each test whose image is missing, and submits nothing', async () => {
    const file = spec({ 'K64F-GCC_ARM': build([TIMER, CRC], {}, [CRC]) });
    const { exitCode, err } = await submit(['--test-spec', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`builds.K64F-GCC_ARM.tests.${CRC}.binaries[0].path: no such file`);
    expect(err).toContain(join(dir.path, binaryOf(CRC)));
    expect(fake.requests).toEqual([]);
  });

  it('names the field of a spec that is wrong', async () => {
    const file = spec({ 'K64F-GCC_ARM': build([TIMER], { baud_rate: 'fast' }) });
    const { exitCode, err } = await submit(['--test-spec', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain('builds.K64F-GCC_ARM.baud_rate');
  });

  it('cuts what TrustZone builds add to the name of the board', async () => {
    const builds = Object.fromEntries(
      ['K64F_S', 'K64F_NS', 'K64F_NPSA', 'K64F_NPSA_NS', 'K64F_PSA_S', 'BT_M0_PSA'].map(
        (platform, i) => [`${platform}-GCC_ARM`, build([`test-${i}`], { platform })],
      ),
    );
    await submit(['--test-spec', spec(builds)]);
    expect(uploadOf(fake).spec.runs.map((run) => run.target)).toEqual([
      ...Array.from({ length: 5 }, () => 'K64F'),
      // Not of TrustZone: this is its name.
      'BT_M0_PSA',
    ]);
  });

  it('merges the specs below a folder by the name of their build', async () => {
    spec({ 'K64F-GCC_ARM': build([TIMER]) }, 'BUILD/a/test_spec.json');
    spec({ 'K64F-GCC_ARM': build([CRC, TIMER]) }, 'BUILD/b/test_spec.json');
    await submit(['--test-spec', 'BUILD']);
    expect(uploadOf(fake).spec.runs.map((run) => run.name)).toEqual([TIMER, CRC]);
  });

  it('refuses specs that contradict each other', async () => {
    spec({ 'K64F-GCC_ARM': build([TIMER]) }, 'BUILD/a/test_spec.json');
    spec({ 'K64F-GCC_ARM': build([CRC], { baud_rate: 115_200 }) }, 'BUILD/b/test_spec.json');
    const { exitCode, err } = await submit(['--test-spec', 'BUILD']);
    expect(exitCode).toBe(2);
    expect(err).toContain('builds.K64F-GCC_ARM: baud_rate is 9600 or 115200');
  });

  it('keeps the stock name of a test that two builds have', async () => {
    const builds = { 'K64F-GCC_ARM': build([TIMER]), 'K64F-ARM': build([TIMER]) };
    await submit(['--test-spec', spec(builds)]);
    const { runs, images } = uploadOf(fake).spec;
    expect(runs.map((run) => run.name)).toEqual([TIMER, TIMER]);
    expect(images.map((image) => image.name)).toEqual([
      `K64F-GCC_ARM-${TIMER}.bin`,
      `K64F-ARM-${TIMER}.bin`,
    ]);
  });

  it('runs only the tests that are asked for, whatever the others lack', async () => {
    const file = spec({
      'K64F-GCC_ARM': build([TIMER, CRC, 'tests-utest-a'], {}, ['tests-utest-a']),
    });
    await submit(['--test-spec', file, '-n', `*-TIMER,${CRC}`, '-i', '*hal*']);
    expect(uploadOf(fake).spec.runs.map((run) => run.name)).toEqual([TIMER]);
  });

  it('refuses a name that fits no test', async () => {
    const file = spec({ 'K64F-GCC_ARM': build([TIMER]) });
    const { exitCode, err } = await submit(['--test-spec', file, '-n', `${TIMER},timr*`]);
    expect(exitCode).toBe(2);
    expect(err).toContain("no test is named 'timr*'");
  });

  it('reads the lines that an image without greentea must print', async () => {
    put('logs/plain.log', '^boot \\d+$\r\n\r\nsuite (A|B) PASSED\r\n');
    const path = binaryOf(TIMER);
    const tests = { [TIMER]: { binaries: [{ path, compare_log: 'logs/plain.log' }] } };
    const file = spec({ 'K64F-GCC_ARM': { ...build([TIMER]), tests } });
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs[0]).toMatchObject({
      compareLog: {
        lines: [
          '/^boot \\d+$|\\^boot \\\\d\\+\\$/',
          '/suite (A|B) PASSED|suite \\(A\\|B\\) PASSED/',
        ],
      },
      timeoutMs: 300_000,
    });
  });

  it.each([
    ['End of suites', ['>> End of suites'], ['End of suite']],
    // As TF-M has them: an expression, and one whose brackets are meant as they stand.
    [
      "Test suite 'PSA storage \\(TFM_PS_TEST_1XXX\\)' has .* PASSED",
      ["Test suite 'PSA storage (TFM_PS_TEST_1XXX)' has not PASSED"],
      ["Test suite 'PSA storage (TFM_PS_TEST_1XXX)' has FAILED"],
    ],
    ['tests(TFM_QCBOR)', ['tests(TFM_QCBOR)', 'testsTFM_QCBOR'], ['tests TFM_QCBOR']],
    ['*** CPU [50%', ['x *** CPU [50% y'], ['CPU [50%']],
    ['/dev/ram0/', ['mounts /dev/ram0/'], ['dev/ram0']],
  ])('takes an expected line as text or as an expression: %s', async (line, good, bad) => {
    const log = put('logs/plain.log', `${line}\n`);
    const tests = { [TIMER]: { binaries: [{ path: binaryOf(TIMER), compare_log: log }] } };
    const file = spec({ 'K64F-GCC_ARM': { ...build([TIMER]), tests } });
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    const [expected = ''] = uploadOf(fake).spec.runs[0]?.compareLog?.lines ?? [];
    const pattern = linePattern(expected);
    expect(good.filter((each) => !pattern.matches(each))).toEqual([]);
    expect(bad.filter((each) => pattern.matches(each))).toEqual([]);
  });

  it('takes what mbed-os 6 writes besides: test_apps, and the type of the binaries once per build', async () => {
    const tests = { [TIMER]: { binaries: [{ path: binaryOf(TIMER) }] } };
    put(binaryOf(TIMER), 'image');
    const file = spec({
      'K64F-GCC_ARM': build([], { tests, binary_type: 'bootable', test_apps: {} }),
    });
    expect(await submit(['--test-spec', file])).toMatchObject({ exitCode: 0 });
    expect(uploadOf(fake).spec.runs.map((run) => run.name)).toEqual([TIMER]);
  });

  it('refuses an expected line that cannot be evaluated safely', async () => {
    const log = put('logs/plain.log', 'fine\n(?=ahead)\n');
    const tests = { [TIMER]: { binaries: [{ path: binaryOf(TIMER), compare_log: log }] } };
    const file = spec({ 'K64F-GCC_ARM': { ...build([TIMER]), tests } });
    const { exitCode, err } = await submit(['--test-spec', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${log}: lines[1]: not a usable regular expression`);
  });

  it('refuses to run nothing', async () => {
    const file = spec({ 'K64F-GCC_ARM': build([TIMER]) });
    expect(await submit(['--test-spec', file, '-i', '*'])).toMatchObject({ exitCode: 2 });
    expect(await submit(['--test-spec', file, '--target', 'K66F'])).toMatchObject({ exitCode: 2 });
  });
});
