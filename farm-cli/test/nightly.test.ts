import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cli, dir, fake } from './support/cli-bench.js';

const SCHEDULE = `sch_${'0'.repeat(23)}`;
const view = (id: string, name: string, lastSubmissionId: string | null) => ({
  ...{ id, name, tenant: 'default', cron: '30 2 * * *', timeZone: 'UTC', paused: false },
  ...{ repository: 'x.org/fw', ref: 'refs/heads/main', deleted: false, nextMs: null },
  ...{ createdBy: 'ana', createdMs: 1e12, lastSubmissionId },
  last: {
    ...{ seq: 1, atMs: 1e12, kind: 'skipped', actor: 'schedule', plannedMs: null, missed: 0 },
    ...{ submissionId: null, reason: 'no images' },
  },
});
const none = { total: 0, items: [] };
const failure = {
  ...{ run: 'net', target: 'K64F', case: 'dhcp renew', verdict: 'fail', boards: ['k64f-03'] },
  ...{ message: 'expected 1\u001b[31m', runId: `run_${'1'.repeat(23)}`, testId: null, age: null },
};
const report = (conclusion: string, more: object = {}) => ({
  ...{ submission: fake.submission, before: null, schedule: null, conclusion },
  ...{ newFailures: none, stillFailing: none, fixed: none, missing: none, flakes: none },
  ...{ changes: none, suspects: none, coverage: none, notRun: none, boards: none, skipped: none },
  ...more,
});
const schedules = (...all: object[]) =>
  fake.route('GET /schedules', () => ({ body: { items: all, nextCursor: null } }));
const nightly = (body: object) =>
  fake.route(`GET /submissions/${fake.submission.id}/nightly`, () => ({ body }));

describe('nightly', () => {
  it('tells of the only schedule what fails anew, in words and as an exit code', async () => {
    schedules(view(SCHEDULE, 'nightly', fake.submission.id));
    nightly(report('bad', { newFailures: { total: 3, items: [failure] } }));
    const { exitCode, out } = await cli('nightly');
    expect(exitCode).toBe(1);
    expect(out).toContain('New failures (3)');
    expect(out).toContain('  net / dhcp renew on K64F (k64f-03): fail: expected 1\n  and 2 more');
    expect(out).not.toContain('\u001b');
  });

  it.each([
    ['good', 0],
    ['unknown', 3],
  ])('ends a night that was %s with %i', async (conclusion, code) => {
    nightly(report(conclusion));
    expect((await cli('nightly', fake.submission.id)).exitCode).toBe(code);
  });

  it('writes JUnit beside JSON, against another submission', async () => {
    const other = `sub_${'2'.repeat(23)}`;
    nightly(report('good'));
    const path = `GET /submissions/${fake.submission.id}/nightly/junit`;
    fake.route(path, () => ({ body: '<testsuites/>' }));
    const more = ['--against', other, '--junit', 'out/n.xml', '--json'];
    const { out } = await cli('nightly', fake.submission.id, ...more);
    expect(JSON.parse(out)).toMatchObject({ conclusion: 'good' });
    expect(existsSync(join(dir.path, 'out/n.xml'))).toBe(true);
    expect(readFileSync(join(dir.path, 'out/n.xml'), 'utf8')).toContain('testsuites');
    expect(fake.requests.map(({ url }) => url)).toEqual([
      expect.stringContaining(`nightly?against=${other}`),
      expect.stringContaining(`nightly/junit?against=${other}`),
    ]);
  });

  it('says which schedules there are, and why one has submitted nothing', async () => {
    schedules(view(SCHEDULE, 'one', null), view(`sch_${'1'.repeat(23)}`, 'two', null));
    expect(await cli('nightly')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining(`${SCHEDULE} one, `),
    });
    expect((await cli('nightly', 'one')).err).toContain(
      'has not submitted anything yet: no images',
    );
    expect((await cli('nightly', 'three')).err).toContain('there is no schedule three');
  });
});
