import { describe, expect, it } from '@jest/globals';
import { cli, fake, put } from './support/cli-bench.js';
import { runView } from './support/views.js';

const ID = `sch_${'0'.repeat(23)}`;
const event = (kind: string, more: object = {}) => ({
  ...{ seq: 1, atMs: 1e12, kind, actor: 'ana', plannedMs: null, missed: 0 },
  ...{ submissionId: null, reason: '', ...more },
});
const spec = {
  ...{ version: 1, name: 'the nightly', priority: 'low', images: [] },
  runs: [{ image: 'a.elf', target: 'K64F' }],
};
const view = (more: object = {}) => ({
  ...{ id: ID, name: 'nightly', tenant: 'default', cron: '30 2 * * *', timeZone: 'UTC' },
  ...{ repository: 'x.org/fw', ref: 'refs/heads/main', paused: false, deleted: false },
  ...{ nextMs: 2e12, createdBy: 'ana', createdMs: 1e12, lastSubmissionId: null },
  ...{ last: event('created'), spec, ...more },
});

describe('schedules', () => {
  it('are made of a spec whose images the farm looks for', async () => {
    fake.route('POST /schedules', () => ({ status: 201, body: view() }));
    const file = put('nightly.json', spec);
    const when = ['--cron', '30 2 * * *', '--repository', 'x.org/fw', '--ref', 'main'];
    const { exitCode, out } = await cli('schedules', 'create', file, ...when);
    expect([exitCode, out]).toEqual([0, `${ID}\n`]);
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
      ...{ name: 'the nightly', cron: '30 2 * * *', timeZone: 'UTC' },
      ...{ repository: 'x.org/fw', ref: 'refs/heads/main', spec },
    });
    expect(fake.requests[0]?.headers['idempotency-key']).toBeDefined();
  });

  it('are listed and shown with what they did and skipped', async () => {
    const skipped = event('skipped', { reason: 'sub_1 has not finished yet', missed: 2 });
    const last = { last: skipped };
    fake.route('GET /schedules', () => ({ body: { items: [view(last)], nextCursor: null } }));
    fake.route(`GET /schedules/${ID}`, () => ({ body: view(last) }));
    const history = { items: [skipped, event('paused')], nextCursor: null };
    fake.route(`GET /schedules/${ID}/history`, () => ({ body: history }));
    const what = 'skipped: sub_1 has not finished yet (2 more went by)';
    expect((await cli('schedules', 'list')).out).toContain(what);
    const { out } = await cli('schedules', 'show', ID);
    expect(out).toMatch(/ana +paused/);
    expect(out).toContain(what);
  });

  it('are paused, resumed, run and deleted', async () => {
    fake.runs = [runView(0)];
    for (const [order, nextMs] of Object.entries({ pause: null, resume: 2e12 }))
      fake.route(`POST /schedules/${ID}/${order}`, () => ({ body: view({ nextMs }) }));
    fake.route(`DELETE /schedules/${ID}`, () => ({ body: view() }));
    const created = () => ({ status: 201, body: { submission: fake.submission, runs: fake.runs } });
    fake.route(`POST /schedules/${ID}/run`, created);
    expect((await cli('schedules', 'pause', ID)).err).toContain('is paused');
    expect((await cli('schedules', 'resume', ID)).err).toContain('next: ');
    expect((await cli('schedules', 'run', ID, '--no-wait')).out).toContain(fake.submission.id);
    expect((await cli('schedules', 'delete', ID)).exitCode).toBe(0);
  });
});
