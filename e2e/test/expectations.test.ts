import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';

describe('expected failures', () => {
  let farm: TestFarm;
  let submissionId: string;
  let runs: Map<string, RunDetail>;

  beforeAll(async () => {
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
    const run = (name: string, app: string, more: object) => ({
      ...{ name, image: `${app}.elf`, target: TARGET },
      ...more,
    });
    const spec = {
      version: 1,
      name: 'expectations',
      runs: [
        run('known failure', 'fail', { expect: 'fail' }),
        run('mended', 'smallest', { expect: 'fail' }),
        run('flaky failure', 'crash', { expect: 'flaky' }),
        run('flaky pass', 'smallest', { expect: 'flaky' }),
        run('tried again', 'fail', { retries: 1 }),
        run('known cases', 'fail', {
          expectCases: { 'compares wrong numbers': 'fail', 'finds a condition false': 'flaky' },
        }),
        run('one new case', 'fail', { expectCases: { 'compares wrong numbers': 'fail' } }),
        run('mended case', 'pass', { expectCases: { 'arithmetic holds': 'fail' } }),
      ],
    };
    const images = ['fail', 'smallest', 'crash', 'pass'].map((app) => imagePath(TARGET, app));
    const { submission, runs: created } = await farm.client.submit(spec, images);
    submissionId = submission.id;
    await farm.client.finished(submissionId, 60_000);
    const details = await Promise.all(created.map((each) => farm.client.run(each.id)));
    runs = new Map(details.map((each) => [each.name, each]));
  }, 90_000);
  afterAll(async () => await farm?.stop(), 60_000);

  it.each([
    ['known failure', 'xfail', 'fail', 1],
    ['mended', 'xpass', 'pass', 1],
    ['flaky failure', 'xfail', 'crash', 1],
    ['flaky pass', 'pass', 'pass', 1],
    ['tried again', 'fail', 'fail', 2],
    ['known cases', 'xfail', 'fail', 1],
    ['one new case', 'fail', 'fail', 1],
    ['mended case', 'xpass', 'pass', 1],
  ])('weigh in: %s is %s, was %s, after %d attempts', (name, verdict, rawVerdict, attempts) => {
    expect(runs.get(name)).toMatchObject({ verdict, rawVerdict, attempts });
    expect(runs.get(name)?.attemptList.at(-1)?.verdict).toBe(rawVerdict);
  });

  it('show in every report, with the verdict that the run gave', async () => {
    const report = async (format: string) => {
      const path = `/api/v1/submissions/${submissionId}/${format}`;
      return await (await farm.client.request('GET', path)).text();
    };
    const junit = await report('junit');
    expect(junit).toContain('<property name="rawVerdict" value="crash"/>');
    expect(junit).toContain('it passed, although it is listed as failing');
    expect(await report('ctrf')).toContain('"runVerdict":"xfail","rawVerdict":"fail"');
    const tap = await report('tap');
    expect(tap).toMatch(
      /^not ok \d+ - known failure .*# TODO expected to fail: .*\n(?:.*\n)*? {2}rawVerdict: "fail"/m,
    );
    expect(tap).toMatch(/^not ok \d+ - mended/m);
  });
});
