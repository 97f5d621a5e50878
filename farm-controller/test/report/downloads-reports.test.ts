import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRun } from '../web/support/attempts.js';
import { bin } from '../web/support/images.js';
import { ask, problemAt } from '../web/support/request.js';
import { imagePart, M3, specOf, specPart, submitted } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';
import { parseXml } from './support.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const report = (id: string, format: string) =>
  ask(farm, `/api/v1/submissions/${id}/${format}`, { as: 'viewer' });

describe('the report of a submission', () => {
  it('comes in every format from what the database holds', async () => {
    const run = await startRun(farm);
    await run.tell(
      { type: 'casesListed', names: ['adds', 'subtracts'] },
      { type: 'caseBegin', name: 'adds' },
      { type: 'caseEnd', name: 'adds', verdict: 'pass', durationUs: 10, failures: [] },
      { type: 'caseBegin', name: 'subtracts' },
      {
        ...{ type: 'caseEnd', name: 'subtracts', verdict: 'fail', durationUs: 20 },
        failures: [{ message: 'Expected 1', file: 'm.c', line: 7 }],
      },
    );
    await run.end('fail');
    const junit = await report(run.submissionId, 'junit');
    expect(junit.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(junit.headers.get('content-disposition')).toContain(`${run.submissionId}.xml`);
    const suite = parseXml(await junit.text()).children[0];
    expect(suite?.attributes).toMatchObject({ name: 'a', tests: '2', failures: '1', errors: '0' });
    const ctrf = JSON.parse(await (await report(run.submissionId, 'ctrf')).text());
    expect(ctrf.results.summary).toMatchObject({ tests: 2, passed: 1, failed: 1 });
    const tap = await (await report(run.submissionId, 'tap')).text();
    expect(tap).toContain('not ok 2 - subtracts');
    expect(tap).toMatch(/^1\.\.1$/m);
  });

  it('lists every run of a large submission, in order, finished or not', async () => {
    const spec = specOf([
      { image: 'a.bin', target: M3, repeat: 1000 },
      { image: 'a.bin', target: M3, name: 'last' },
    ]);
    const { submission } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
    const suites = parseXml(await (await report(submission.id, 'junit')).text()).children;
    expect(suites).toHaveLength(1001);
    expect(suites.at(-1)?.attributes).toMatchObject({ name: 'last', errors: '1' });
  });

  it('is not there for an unknown submission', async () => {
    const path = '/api/v1/submissions/sub_00000000000000000000000/junit';
    expect(await problemAt(farm, path, { as: 'viewer' })).toMatchObject({ code: 'not_found' });
  });
});
