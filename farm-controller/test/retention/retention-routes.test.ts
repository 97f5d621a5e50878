import {
  runDetailSchema,
  storageViewSchema,
  submissionViewSchema,
  tenantUsageSchema,
} from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAttempt } from '../web/support/attempts.js';
import { bin } from '../web/support/images.js';
import { ask, askFor, problemAt, problemOf } from '../web/support/request.js';
import { imagePart, M3, postForm, specOf, specPart, submitted } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const PARTS = [specPart(specOf([{ image: 'a.bin', target: M3 }])), imagePart('a.bin', bin())];

describe('what a farm does not keep', () => {
  it('is said to be removed, and when, wherever it is asked for', async () => {
    const { submission, runs } = await submitted(farm, PARTS);
    const runId = runs[0]?.id ?? '';
    await (await startAttempt(farm, runId, 'virt-m3-01')).end('pass');
    await farm.store.database.queries
      .updateTable('submissions')
      .set({ consoles_removed_ms: Date.UTC(2026, 5, 1), events_removed_ms: Date.UTC(2026, 5, 2) })
      .where('id', '=', submission.id)
      .execute();
    for (const [what, day] of [
      ['console', 'consoles of SUB were removed by policy on 2026-06-01'],
      ['events', 'events of SUB were removed by policy on 2026-06-02'],
      ['coverage', 'consoles of SUB were removed by policy on 2026-06-01'],
    ] as const) {
      const path = `/api/v1/runs/${runId}/attempts/1/${what}`;
      const problem = await problemAt(farm, path, { as: 'viewer' });
      expect(problem).toMatchObject({ status: 410, code: 'gone' });
      expect(problem.detail).toContain(day.replace('SUB', submission.id));
    }
    expect((await ask(farm, `/api/v1/runs/${runId}/attempts/1`, { as: 'viewer' })).status).toBe(
      200,
    );
    const path = `/api/v1/submissions/${submission.id}`;
    const view = await askFor(submissionViewSchema, farm, { path, as: 'viewer' });
    const removed = { consoles: Date.UTC(2026, 5, 1), events: Date.UTC(2026, 5, 2) };
    expect(view.removed).toEqual(removed);
    const run = await askFor(runDetailSchema, farm, {
      path: `/api/v1/runs/${runId}`,
      as: 'viewer',
    });
    expect(run.removed).toEqual(removed);
    const pin = await problemAt(farm, `${path}/pin`, { method: 'POST', as: 'submitter' });
    expect(pin).toMatchObject({ code: 'gone' });
  });

  it('is decided by its tenant and by operators, who pin and unpin', async () => {
    const { id } = (await submitted(farm, PARTS)).submission;
    const path = `/api/v1/submissions/${id}`;
    const post = (what: string, as: 'viewer' | 'submitter' | 'operator') =>
      ask(farm, `${path}/${what}`, { method: 'POST', as });
    expect((await post('pin', 'viewer')).status).toBe(403);
    const secret = await addToken(farm.store, { name: 'eve', role: 'submitter', tenant: 'other' });
    expect((await ask(farm, `${path}/pin`, { method: 'POST', secret })).status).toBe(403);
    const pinned = submissionViewSchema.parse(await (await post('pin', 'submitter')).json());
    expect(pinned.pinnedBy).toBe('a-submitter');
    const free = submissionViewSchema.parse(await (await post('unpin', 'operator')).json());
    expect(free.pinnedBy).toBeUndefined();
  });

  it('is foretold to operators', async () => {
    const path = '/api/v1/storage';
    const view = await askFor(storageViewSchema, farm, { path, as: 'operator' });
    expect(view.images.count).toBeGreaterThan(0);
    expect(view.forecast.map(({ inDays }) => inDays)).toEqual([0, 7, 30]);
    expect((await ask(farm, path, { as: 'submitter' })).status).toBe(403);
  });
});

describe('a quota', () => {
  it('is set by admins, seen by operators, and refuses uploads with the reason', async () => {
    const path = '/api/v1/tenants/default/quota';
    const put = (json: object, as: 'operator' | 'admin') => ({ method: 'PUT', as, json });
    expect((await ask(farm, path, put({ maxBytes: 1 }, 'operator'))).status).toBe(403);
    const set = { path, ...put({ maxBytes: 1000 }, 'admin') };
    expect(await askFor(tenantUsageSchema, farm, set)).toMatchObject({ maxBytes: 1000 });
    const upload = `/api/v1/uploads/${'5'.repeat(64)}`;
    const how = { method: 'PUT', as: 'submitter', json: { sizeBytes: 5000 } } as const;
    const problem = await problemAt(farm, upload, how);
    expect(problem).toMatchObject({ status: 403, code: 'quota_exceeded' });
    expect(problem.errors?.[0]).toMatchObject({
      ...{ path: 'sizeBytes', message: expect.stringContaining('quota of 1000') },
    });
    const view = await askFor(storageViewSchema, farm, { path: '/api/v1/storage', as: 'operator' });
    expect(view.tenants).toMatchObject([{ tenant: 'default', maxBytes: 1000 }]);
    await askFor(tenantUsageSchema, farm, { path, ...put({ maxBytes: null }, 'admin') });
    await submitted(farm, PARTS);
  });
});

describe('an image that was removed', () => {
  it('is said to be, and when', async () => {
    const sha256 = '6'.repeat(64);
    await farm.store.images.put({ sha256, sizeBytes: 1, format: 'bin', segments: [] }, 1);
    await farm.store.database.queries
      .updateTable('images')
      .set({ removed_ms: Date.UTC(2026, 5, 1) })
      .where('sha256', '=', sha256)
      .execute();
    const problem = await problemAt(farm, `/api/v1/images/${sha256}`, { as: 'submitter' });
    expect(problem).toMatchObject({ status: 410, code: 'gone' });
    expect(problem.detail).toContain('was removed by policy on 2026-06-01');
  });
});

describe('a full disk', () => {
  it('takes no new submission, and says why', async () => {
    farm.knobs.needBytes = Number.MAX_SAFE_INTEGER;
    const problem = await problemOf(await postForm(farm, PARTS));
    farm.knobs.needBytes = 1;
    expect(problem).toMatchObject({ status: 507, code: 'storage_full' });
    expect(problem.detail).toMatch(/no submission is taken until there is room again: \d+ bytes/);
    expect((await postForm(farm, PARTS)).status).toBe(201);
  });
});
