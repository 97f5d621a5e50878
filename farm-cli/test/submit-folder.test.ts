import { describe, expect, it } from '@jest/globals';
import { cli, fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';

const takes = (target: string, ...imageFormats: string[]) =>
  fake.route('GET /targets', () => ({
    body: { items: [{ target, imageFormats, boards: 1 }], nextCursor: null },
  }));
const submit = (...args: string[]) => cli('submit', ...args, '--no-wait');
const sent = () => uploadOf(fake).spec.runs.map((run) => run.image);

describe('submit of a folder', () => {
  it('leaves out what tools put there, and says so', async () => {
    put('out/K64F/app.bin');
    for (const name of ['CMakeFiles/3.25/CMakeDetermineCompilerABI_C.bin', 'K64F/.git/x.bin'])
      put(`out/${name}`);
    const { exitCode, err } = await submit('out');
    expect(exitCode).toBe(0);
    expect(sent()).toEqual(['app.bin']);
    expect(err).toContain('not looked into:');
    expect(err).toContain('out/CMakeFiles');
    expect(err).toContain('out/K64F/.git');
  });

  it('takes of each image the richest format that the boards of its target take', async () => {
    takes('K64F', 'bin', 'hex');
    for (const format of ['elf', 'hex', 'bin']) put(`out/K64F/app.${format}`);
    for (const format of ['elf', 'bin']) put(`out/OTHER/app.${format}`);
    await submit('out');
    expect(sent()).toEqual(['app.hex', 'app.elf']);
  });

  it('leaves it to the farm to refuse an image that comes in no such format', async () => {
    takes('K64F', 'hex');
    for (const format of ['elf', 'bin']) put(`out/K64F/app.${format}`);
    await submit('out');
    expect(sent()).toEqual(['app.elf']);
  });

  it('asks the farm for formats only if there is a choice', async () => {
    put('out/K64F/app.elf');
    await submit('out');
    expect(fake.requests.map(({ url }) => url)).not.toContain('/api/v1/targets?limit=200');
  });
});

describe('submit of an image', () => {
  it('names the submission like the image', async () => {
    put('K64F/soak.test.elf');
    await submit('K64F/soak.test.elf');
    expect(uploadOf(fake).spec).toMatchObject({ name: 'soak.test' });
  });

  it('passes on all that a spec could say of its run', async () => {
    put('K64F/a.elf');
    put('log.txt', 'first\nsecond\n');
    await submit(
      ...['K64F/a.elf', '--retries', '2', '--queue-timeout', '60', '--max-attempts', '1'],
      ...['--expect', 'flaky', '--compare-log', 'log.txt', '--timeout', '5', '--repeat', '3'],
    );
    expect(uploadOf(fake).spec.runs[0]).toMatchObject({
      retries: 2,
      queueTimeoutMs: 60_000,
      maxAttempts: 1,
      expect: 'flaky',
      compareLog: { lines: ['first', 'second'] },
      timeoutMs: 5000,
      repeat: 3,
    });
  });

  it('is refused with --retries beside a spec, which says it itself', async () => {
    const spec = put('s.yaml', 'version: 1\n');
    expect((await submit(spec, '--retries', '1')).err).toContain(
      'leave out the options for retries',
    );
  });
});

describe('tests of CTest', () => {
  it('take the format that boards of the target take, beside the one that is named too', async () => {
    takes('K64F', 'bin');
    for (const format of ['elf', 'bin']) put(`b/x/test-a.${format}`);
    fake.route('POST /submissions', () => ({ status: 500, body: 'enough seen' }));
    await cli('ctest-run', '-f', 'b/x/test-a.elf', '-m', 'K64F');
    expect(sent()).toEqual(['test-a.bin']);
    fake.requests.length = 0;
    await cli('ctest-run', '--test-name', 'test-a', '--build-dir', 'b', '-m', 'K64F');
    expect(sent()).toEqual(['test-a.bin']);
  });

  it('keep the format that is named when boards take it', async () => {
    takes('K64F', 'elf', 'bin');
    for (const format of ['elf', 'bin']) put(`b/x/test-a.${format}`);
    fake.route('POST /submissions', () => ({ status: 500, body: 'enough seen' }));
    await cli('ctest-run', '-f', 'b/x/test-a.bin', '-m', 'K64F');
    expect(sent()).toEqual(['test-a.bin']);
  });
});
