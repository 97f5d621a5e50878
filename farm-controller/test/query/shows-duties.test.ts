import { dutyViewSchema, pageOf } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareFarm, submit } from '../support/store-fixtures.js';
import { ask, askFor, problemAt } from '../web/support/request.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

const PATH = '/api/v1/duties';
const duties = pageOf(dutyViewSchema);
const asOperator = { as: 'operator' } as const;

let farm: TestFarm;
beforeEach(async () => {
  farm = await startFarm();
});
afterEach(() => farm.close());

/** A submission that waits, whose duty has failed for good. */
async function deadDuty(): Promise<string> {
  await prepareFarm(farm.store, []);
  await submit(farm.store, { runs: 1, createdMs: Date.now() - 2_000, queueTimeoutMs: 1_000 });
  const nowMs = Date.now();
  const claim = { owner: 'c1', kind: 'expireQueued', nowMs, untilMs: nowMs + 1, limit: 1 } as const;
  const [duty] = await farm.store.duties.claim(claim);
  if (!duty) throw new Error('a waiting submission has a duty');
  const failed = { kind: 'failed', error: 'disk full', retryMs: nowMs, dead: true } as const;
  await farm.store.duties.end(duty, 'c1', failed);
  return duty.id;
}

describe('duties', () => {
  it('that were given up are shown to operators with their last error, and tried again when asked', async () => {
    const id = await deadDuty();
    const dead = await askFor(duties, farm, { path: `${PATH}?only=dead`, ...asOperator });
    expect(dead.items).toMatchObject([{ id, dead: true, lastError: 'disk full', tries: 1 }]);
    const retried = await ask(farm, `${PATH}/${id}/retry`, { method: 'POST', ...asOperator });
    expect(retried.status).toBe(200);
    const all = await askFor(duties, farm, { path: PATH, ...asOperator });
    expect(all.items).toMatchObject([{ id, dead: false, tries: 0 }]);
  });

  it('are counted by kind for whoever watches the farm', async () => {
    await deadDuty();
    const page = await (await ask(farm, '/metrics', { as: 'viewer' })).text();
    expect(page).toContain('greenrack_duties{kind="expireQueued",state="dead"} 1');
    expect(page).toContain('greenrack_duties{kind="expireQueued",state="due"} 0');
  });

  it('are nothing for people who do not run the farm', async () => {
    expect((await ask(farm, PATH, { as: 'submitter' })).status).toBe(403);
    const none = `${PATH}/dty_00000000000000000000000/retry`;
    const problem = await problemAt(farm, none, { method: 'POST', ...asOperator });
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
  });
});
