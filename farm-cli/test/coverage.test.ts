import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { callCli } from './support/call-cli.js';
import { dir } from './support/cli-bench.js';
import {
  coverage,
  coverageOf,
  hasRun,
  image,
  isWritten,
  ring,
  tempFolders,
  withRing,
  written,
} from './support/coverage-bench.js';
import { NOTES, tarOf } from './support/coverage-image.js';
import { runId, SUBMISSION_ID } from './support/views.js';

/** What apps/coverage makes of ring.c: line → how often. */
const RING_LINES = {
  ...{ 5: 5, 7: 5, 8: 1, 10: 4, 11: 4, 12: 4, 13: 4 },
  ...{ 16: 1, 18: 1, 19: 5, 20: 4, 21: 4, 22: 4, 24: 1, 25: 0, 27: 1 },
  ...{ 31: 0, 33: 0, 34: 0, 35: 0 },
};
const RING = `TN:
SF:firmware/apps/coverage/ring.c
FN:5,ring_put
FN:16,ring_drain
FN:31,ring_clear
FNDA:5,ring_put
FNDA:1,ring_drain
FNDA:0,ring_clear
FNF:3
FNH:2
BRDA:7,0,0,1
BRDA:7,0,1,4
BRDA:19,0,0,4
BRDA:19,0,1,1
BRDA:24,0,0,0
BRDA:24,0,1,1
BRF:6
BRH:5
${Object.entries(RING_LINES)
  .map(([line, count]) => `DA:${line},${count}\n`)
  .join('')}LF:20
LH:15
end_of_record
`;

const changed = (data: Buffer, at: number, bytes: string) =>
  Buffer.concat([data.subarray(0, at), Buffer.from(bytes), data.subarray(at + bytes.length)]);

describe('the coverage of a run', () => {
  it('is the lines, functions and branches that the board has executed', async () => {
    hasRun(0, tarOf(image));
    const { exitCode, out, err } = await coverage(runId(0));
    expect(err).toContain(`run 0 (${runId(0)}): 2 coverage files`);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: `${join(dir.path, 'coverage.info')}: 2 files, 22 of 27 lines (81.4 %), 2003 of 2004 functions (99.9 %)\n`,
    });
    expect(written().startsWith(RING)).toBe(true);
  });

  it('has the sum for a line that a thousand functions share, from a dump of more than 100 kB', async () => {
    const steps = [...image].filter(([path]) => path.endsWith('#steps.c.gcda'));
    expect(steps[0]?.[1].length).toBeGreaterThan(50_000);
    hasRun(0, tarOf(steps));
    expect((await coverage(runId(0))).exitCode).toBe(0);
    expect(written()).toContain(
      'FNDA:1,step_2999\nFNDA:1,steps_run\nFNF:2001\nFNH:2001\nDA:16,1000\nDA:17,1000\nDA:19,1\n',
    );
  });

  it('adds up attempts and runs, each run once, in the same text whatever their order', async () => {
    hasRun(0, withRing(), withRing());
    hasRun(1, tarOf(image));
    const first = await coverage(SUBMISSION_ID, runId(1));
    expect(first.exitCode).toBe(0);
    const text = written();
    expect(text).toContain('FNDA:15,ring_put\nFNDA:3,ring_drain\nFNDA:0,ring_clear\n');
    expect(text).toContain('BRDA:7,0,0,3\nBRDA:7,0,1,12\n');
    await coverage(runId(1), runId(0), '-o', 'again.info');
    expect(readFileSync(join(dir.path, 'again.info'), 'utf8')).toBe(text);
  });

  it('takes an archive that was downloaded before, without a farm', async () => {
    writeFileSync(join(dir.path, 'run.tar'), withRing());
    const args = ['coverage', '--build-dir', NOTES, '--archive', 'run.tar', '--json'];
    const env = { PATH: process.env.PATH ?? '' };
    const { exitCode, out } = await callCli(args, {
      cwd: dir.path,
      url: 'http://127.0.0.1:9',
      env,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      files: 1,
      linesHit: 15,
      linesTotal: 20,
      functionsHit: 2,
      functionsTotal: 3,
      counted: 1,
      lost: 0,
      foreign: 0,
    });
    expect(written()).toBe(RING);
  });

  it.each([
    [['--strip', 'firmware/apps/'], 'coverage/ring.c'],
    [['--strip', 'firmware/app'], 'firmware/apps/coverage/ring.c'],
    [['--source-root', '/home/me'], '/home/me/firmware/apps/coverage/ring.c'],
    [['--strip', 'firmware', '--source-root', 'src'], 'src/apps/coverage/ring.c'],
  ])('names the sources as %j says', async (options, path) => {
    hasRun(0, withRing());
    await coverage(runId(0), ...options);
    expect(written()).toContain(`SF:${path}\n`);
  });

  it('leaves the build and the folder of temporary files as they were', async () => {
    const before = tempFolders();
    const notes = readdirSync(NOTES, { recursive: true });
    hasRun(0, tarOf(image));
    await coverage(runId(0));
    expect(readdirSync(NOTES, { recursive: true })).toEqual(notes);
    expect(tempFolders()).toEqual(before);
  });
});

describe('coverage that cannot be counted', () => {
  const build = () => {
    const path = join(dir.path, 'build');
    mkdirSync(path);
    return path;
  };

  it('is named when bytes were lost, and the rest is written with code 3', async () => {
    hasRun(0, tarOf([...image, ['DAMAGED.txt', '"/b/cut.gcda"\n"/b/\\u001b[2J.gcda"\n']]));
    const { exitCode, err } = await coverage(runId(0));
    expect(exitCode).toBe(3);
    expect(err).toContain('/b/cut.gcda is damaged: bytes were lost on the console');
    expect(err).not.toContain('\u001b');
    expect(err).toContain('coverage.info is incomplete: 2 lost or damaged, 0 not of this build');
    expect(written().startsWith(RING)).toBe(true);
  });

  it.each([
    [2, 'is damaged: its 142 bytes are no whole words'],
    [4, /is damaged at byte \d+ of 140/],
  ])(
    'is found when %d bytes are missing in the middle, which gcov would take for code that never ran',
    async (count, what) => {
      const cut = Buffer.concat([ring.subarray(0, 70), ring.subarray(70 + count)]);
      hasRun(0, withRing('a/ring.c.gcda', cut));
      const { exitCode, err } = await coverage(runId(0));
      expect(exitCode).toBe(3);
      const line = err.split('\n').find((each) => each.includes('a/ring.c.gcda'));
      expect(line).toMatch(what);
      expect(err).toContain('nothing could be counted; coverage.info is not written');
      expect(isWritten()).toBe(false);
    },
  );

  it('is a run that printed none', async () => {
    hasRun(0, tarOf(image));
    hasRun(1, tarOf([]));
    hasRun(2);
    const { exitCode, err } = await coverage(SUBMISSION_ID);
    expect(exitCode).toBe(3);
    expect(err).toContain(`run 1 (${runId(1)}): 0 coverage files\n  no coverage: was its image`);
    expect(err).toContain(`run 2 (${runId(2)}): 0 coverage files\n  no coverage: was its image`);
  });

  it.each([
    ['stamp', () => changed(ring, 8, 'abcd'), 'their stamps differ'],
    ['format', () => changed(ring, 4, '*43B'), 'its format is "B34*", not "B22*"'],
  ])('is that of another build, known by its %s', async (_, data, why) => {
    hasRun(0, withRing('x/apps/coverage/ring.c.gcda', data()), tarOf(image));
    const { exitCode, err } = await coverage(runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(
      `x/apps/coverage/ring.c.gcda is of another build than ${join(NOTES, 'apps/coverage/ring.c.gcno')}: ${why}; name the build`,
    );
    expect(written().startsWith(RING)).toBe(true);
  });

  it('is that of another build with the same stamp, known by its functions', async () => {
    const other = build();
    cpSync(join(NOTES, 'apps/coverage/steps.c.gcno'), join(other, 'ring.c.gcno'));
    hasRun(0, withRing());
    const { exitCode, err } = await coverageOf(other, runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(`is of another build than ${other}/ring.c.gcno: their functions differ;`);
  });

  it('is not that of one of two objects as near by name, when only the other has its functions', async () => {
    const two = build();
    cpSync(join(NOTES, 'apps/coverage/ring.c.gcno'), join(two, 'a/ring.c.gcno'));
    cpSync(join(NOTES, 'apps/coverage/steps.c.gcno'), join(two, 'b/ring.c.gcno'));
    hasRun(0, withRing('ring.c.gcda'));
    expect((await coverageOf(two, runId(0))).exitCode).toBe(0);
    expect(written()).toBe(RING);
  });

  it('is what has notes that are damaged', async () => {
    const bad = build();
    writeFileSync(join(bad, 'ring.c.gcno'), 'gcno');
    hasRun(0, withRing());
    const { exitCode, err } = await coverageOf(bad, runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(`is of another build than ${bad}/ring.c.gcno: that is no .gcno file;`);
  });

  it('is what may belong to two objects, and both are named', async () => {
    const two = build();
    for (const folder of ['a', 'b'])
      cpSync(join(NOTES, 'apps/coverage/ring.c.gcno'), join(two, folder, 'ring.c.gcno'));
    hasRun(0, withRing('ring.c.gcda'), withRing('home/b/ring.c.gcda'));
    const { exitCode, err } = await coverageOf('build', runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(
      `: ring.c.gcda may belong to ${two}/a/ring.c.gcno or ${two}/b/ring.c.gcno; name the one`,
    );
    expect(err).not.toContain('home/b');
    expect(written()).toBe(RING);
  });

  it('is what the build does not know', async () => {
    hasRun(0, withRing('lib/other.gcda'));
    const { exitCode, err } = await coverage(runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(
      'lib/other.gcda has no .gcno file in the build; name its folder with --build-dir',
    );
  });

  it('is an archive that is cut off or is none', async () => {
    hasRun(0, tarOf(image).subarray(0, 3000));
    const cut = await coverage(runId(0));
    expect(cut).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('the archive is cut off'),
    });
    hasRun(0, Buffer.alloc(4096, 'x'));
    const none = await coverage(runId(0));
    expect(none).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('this is no tar archive'),
    });
    expect(isWritten()).toBe(false);
  });
});
