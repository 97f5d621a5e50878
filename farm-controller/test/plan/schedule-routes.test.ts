import {
  pageOf,
  scheduleDetailSchema,
  scheduleEventSchema,
  scheduleViewSchema,
  submissionCreatedSchema,
} from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bin } from '../web/support/images.js';
import { type Ask, ask, askFor, problemAt } from '../web/support/request.js';
import { imagePart, M3, specOf, specPart, submitted } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const BASE = '/api/v1/schedules';
const repository = 'x.org/fw';
const ref = 'refs/heads/main';
const runs = [{ image: 'a.bin', target: M3 }];
const request = (name: string, more: object = {}) => ({
  ...{ name, cron: '30 2 * * *', timeZone: 'Europe/Berlin', repository, ref },
  ...{ spec: specOf(runs), ...more },
});
const create = (name: string, how: Ask = {}) =>
  askFor(scheduleDetailSchema, farm, {
    ...{ path: BASE, as: 'submitter', json: request(name), status: 201 },
    ...how,
  });
const post = (path: string, how: Ask = { as: 'submitter' }) =>
  ask(farm, `${BASE}/${path}`, { method: 'POST', ...how });

describe('the routes of schedules', () => {
  it('make one, once for a key, and show it', async () => {
    const headers = { 'idempotency-key': 'one' };
    const made = await create('nightly', { headers });
    expect(await create('nightly', { headers })).toEqual(made);
    expect(made).toMatchObject({ createdBy: 'a-submitter', tenant: 'default', paused: false });
    expect(new Date(made.nextMs ?? 0).getUTCMinutes()).toBe(30);
    const path = BASE;
    const list = await askFor(pageOf(scheduleViewSchema), farm, { path, as: 'viewer' });
    const { spec: _, ...view } = made;
    expect(list.items).toEqual([view]);
  });

  it('submit now over the newest images of the branch, and say why not', async () => {
    const { id } = await create('on demand');
    const problem = await problemAt(farm, `${BASE}/${id}/run`, { method: 'POST', as: 'submitter' });
    expect(problem).toMatchObject({ status: 409 });
    expect(problem.detail).toContain('has the images a.bin');
    const origin = { repository, ref, sha: 'd'.repeat(40) };
    const built = await submitted(farm, [
      specPart(specOf(runs, { origin })),
      imagePart('a.bin', bin()),
    ]);
    const run = submissionCreatedSchema.parse(await (await post(`${id}/run`)).json());
    expect(run.submission).toMatchObject({ origin, rerunOf: built.submission.id });
    expect(run.runs[0]?.imageSha256).toBe(built.runs[0]?.imageSha256);
    expect(farm.heard.submitted.flat().map(({ runId }) => runId)).toContain(run.runs[0]?.id);
    const path = `${BASE}/${id}/history`;
    const { items } = await askFor(pageOf(scheduleEventSchema), farm, { path, as: 'viewer' });
    expect(items.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['submitted', 'a-submitter'],
      ['skipped', 'a-submitter'],
      ['created', 'a-submitter'],
    ]);
  });

  it('are for the tenant and for operators', async () => {
    const { id } = await create('ours');
    const secret = await addToken(farm.store, { name: 'eve', role: 'submitter', tenant: 'other' });
    for (const what of ['pause', 'resume', 'run'])
      expect((await post(`${id}/${what}`, { secret })).status).toBe(403);
    expect((await ask(farm, `${BASE}/${id}`, { method: 'DELETE', secret })).status).toBe(403);
    expect((await post(`${id}/pause`, { as: 'viewer' })).status).toBe(403);
    expect((await post(`${id}/pause`, { as: 'operator' })).status).toBe(200);
    expect((await ask(farm, BASE, { as: 'viewer', json: request('x') })).status).toBe(403);
    const gone = await ask(farm, `${BASE}/${id}`, { method: 'DELETE', as: 'submitter' });
    expect(scheduleDetailSchema.parse(await gone.json())).toMatchObject({ deleted: true });
    expect((await post(`${id}/resume`)).status).toBe(409);
  });

  it.each([
    [{ cron: '* * * * *' }, 400, 'cron: 5 minutes lie between two times at least'],
    [{ cron: '30 2 * *' }, 400, 'cron: expected five fields'],
    [{ timeZone: 'Mars/Olympus' }, 400, 'timeZone: unknown time zone'],
    [{ spec: specOf([{ image: 'a.bin', target: 'NOBODY' }]) }, 422, 'runs[0].target'],
  ])('refuse %j', async (more, status, detail) => {
    const problem = await problemAt(farm, BASE, { as: 'submitter', json: request('bad', more) });
    expect(problem.status).toBe(status);
    expect(problem.detail).toContain(detail);
  });
});
