import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRun } from '../web/support/attempts.js';
import { ask } from '../web/support/request.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const health = async (of: TestFarm) => {
  const response = await ask(of, '/healthz');
  return [response.status, await response.json()];
};

describe('health', () => {
  it('is good when all parts work', async () => {
    farm.knobs.health = { redis: { ok: true, detail: 'connection is ready' } };
    const components = { database: true, redis: true };
    expect(await health(farm)).toEqual([200, { status: 'ok', components }]);
  });

  it('is 503 when a part does not work, without a word to strangers on why', async () => {
    farm.knobs.health = { redis: { ok: false, detail: 'connection to /run/secret.sock is lost' } };
    const components = { database: true, redis: false };
    expect(await health(farm)).toEqual([503, { status: 'unavailable', components }]);
    farm.knobs.health = {};
  });

  it('is 503 when the database cannot answer', async () => {
    const sick = await startFarm();
    await sick.store.close();
    const [status, body] = await health(sick);
    expect([status, body]).toEqual([
      503,
      { status: 'unavailable', components: { database: false } },
    ]);
    await sick.close();
  });
});

describe('metrics', () => {
  it('are OpenMetrics with counters as counters', async () => {
    const run = await startRun(farm, 'virt-m3-01');
    await run.end('pass');
    await startRun(farm, 'virt-m3-01');
    farm.metrics.countEvents(3);
    farm.metrics.observeAssign(4);
    const response = await ask(farm, '/metrics', { as: 'viewer' });
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    const page = await response.text();
    expect(page).toContain('# TYPE greenrack_runs_finished counter');
    expect(page).toContain('greenrack_runs_finished_total{verdict="pass"} 1\n');
    expect(page).toContain('greenrack_runs_finished_total{verdict="fail"} 0\n');
    expect(page).toContain('greenrack_runs_open{state="running"} 1\n');
    expect(page).toContain('greenrack_boards{availability="leased",health="good"} 1\n');
    expect(page).toContain('greenrack_events_committed_total 3\n');
    expect(page).toContain('greenrack_assign_latency_seconds_bucket{le="0.005"} 1\n');
    expect(page.endsWith('# EOF\n')).toBe(true);
  });

  it('tell how long the event loop has stood still, and forget it', async () => {
    const stall = async () => {
      const page = await (await ask(farm, '/metrics', { as: 'viewer' })).text();
      return Number(page.match(/^greenrack_event_loop_stall_seconds (\S+)/m)?.[1]);
    };
    await stall();
    // One turn of the watching timer before, and one after.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await stall()).toBeGreaterThan(0.25);
  });

  it('do not grow with the farm: labels are states, never names', async () => {
    const page = await (await ask(farm, '/metrics', { as: 'viewer' })).text();
    expect(page).not.toMatch(/virt-m3|run_|sub_/);
  });

  it('need a token unless they are opened', async () => {
    expect((await ask(farm, '/metrics')).status).toBe(401);
    const open = await startFarm({ openMetrics: true });
    expect((await ask(open, '/metrics')).status).toBe(200);
    await open.close();
  });
});
