import { afterEach, describe, expect, it } from '@jest/globals';
import { Leases } from '../../src/lease/leases.js';
import { attemptEvents, granted, held, smallLog } from '../support/fake-agent.js';
import { ManualClock } from '../support/manual-clock.js';
import { board, need, StageFarm } from '../support/stage-farm.js';
import { policy } from '../support/store-fixtures.js';

const TTL_MS = 10_000;
const TIMEOUT_MS = 60_000;
const racks = { 'rack-1': [board('B1')], 'rack-2': [board('B2')] };
let farm: StageFarm;
afterEach(() => farm.stop());

let clock: ManualClock;

/** Lets time pass, and what falls due happen. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await farm.settled();
  clock.advance(0);
  await farm.settled();
}

async function running() {
  clock = new ManualClock();
  farm = await StageFarm.start({ racks, clock, leaseTtlMs: TTL_MS });
  const agent = farm.agent('rack-1');
  await agent.join();
  const [run] = await farm.submit([need()]);
  return { agent, runId: run?.id ?? '', order: await agent.order() };
}

describe('a lease', () => {
  it('ends when a connected agent does not renew it: the agent has to say hello again, the run is tried elsewhere', async () => {
    const { agent, runId, order } = await running();
    const other = farm.agent('rack-2');
    other.behaviour = 'pass';
    await other.join();
    await pass(TTL_MS);
    const view = await farm.seen(runId, 'finished');
    expect(view).toMatchObject({ verdict: 'pass', attempts: 2, boardSerial: 'B2' });
    await agent.until('disconnected', () => !agent.connected);
    const back = farm.agent('rack-1');
    expect((await back.join([held(order)])).attempts[0]?.order).toBe('drop');
    const reply = await back.events(order, attemptEvents(order, smallLog()));
    expect(reply).toMatchObject({ ok: false, code: 'stale_fence' });
  });

  it('lives as long as it is renewed', async () => {
    const { agent, runId, order } = await running();
    for (let i = 0; i < 5; i++) {
      clock.advance(TTL_MS - 1);
      expect(await agent.renew([order])).toEqual({ ok: true, lost: [] });
    }
    expect((await farm.store.runs.get(runId))?.state).toBe('running');
  });

  it('is reported as lost to an agent that renews it too late', async () => {
    const { agent, order } = await running();
    const why = { reason: 'agentLost', message: 'given up by another controller' } as const;
    await farm.store.attempts.abandon(order.attemptId, why, clock.now(), policy);
    expect(await agent.renew([order])).toEqual({ ok: true, lost: [order.leaseId] });
  });

  it('outlives a lost connection while the attempt may still be under way, and its results count', async () => {
    const { agent, runId, order } = await running();
    agent.disconnect();
    await farm.until('offline', () => farm.boards.get('B1')?.availability === 'offline');
    await farm.settled();
    await pass(TIMEOUT_MS + TTL_MS - 1);
    expect((await farm.store.runs.get(runId))?.state).toBe('running');
    const back = farm.agent('rack-1');
    const log = smallLog();
    const journal = held(order, { state: 'ended', lastSeq: 2, consoleBytes: log.byteLength });
    const { attempts } = await back.join([journal]);
    expect(attempts[0]?.order).toBe('keep');
    granted(await back.console(order, 0, log));
    granted(await back.events(order, attemptEvents(order, log)));
    expect(await farm.store.runs.get(runId)).toMatchObject({ verdict: 'pass', attempts: 1 });
  });

  it('ends when the agent has not come back by then', async () => {
    const { agent, runId } = await running();
    agent.disconnect();
    await farm.until('offline', () => farm.boards.get('B1')?.availability === 'offline');
    await farm.settled();
    await pass(TIMEOUT_MS + TTL_MS);
    await farm.seen(runId, 'queued');
  });

  it('ends though another controller granted it, which has died', async () => {
    clock = new ManualClock();
    farm = await StageFarm.start({ racks, clock, leaseTtlMs: TTL_MS });
    await farm.agent('rack-1').join();
    await farm.settled();
    const [run] = await farm.submit([need()], { unqueued: true });
    const board = { agent: 'rack-1', boardSerial: 'B1' };
    const lease = { ttlMs: TTL_MS, nowMs: clock.now(), maxConsoleBytes: 1_000 };
    await new Leases(farm.store).grant({ runId: run?.id ?? '', ...board, ...lease });
    await pass(TTL_MS);
    await pass(TTL_MS);
    await farm.seen(run?.id ?? '', 'queued');
  });

  it('is good for a full TTL after the controller starts again', async () => {
    const { runId, order } = await running();
    const plan = { racks, clock, leaseTtlMs: TTL_MS };
    await new Leases(farm.store).renew('rack-1', [order], clock.now() - 1);
    farm = await StageFarm.again(farm, plan);
    await pass(TTL_MS - 1);
    expect((await farm.store.runs.get(runId))?.state).toBe('running');
    const back = farm.agent('rack-1');
    expect((await back.join([held(order)])).attempts[0]?.order).toBe('keep');
    await back.complete(order);
    expect(await farm.store.runs.get(runId)).toMatchObject({ verdict: 'pass', attempts: 1 });
  });

  it('is good for a full TTL after the controller stood still or its clock leapt', async () => {
    const { agent, runId, order } = await running();
    clock.leap(TTL_MS * 100);
    await pass(TTL_MS - 1);
    expect((await farm.store.runs.get(runId))?.state).toBe('running');
    expect(await agent.renew([order])).toEqual({ ok: true, lost: [] });
  });

  it('ends one TTL after such a leap when its agent is gone for good', async () => {
    const { runId } = await running();
    clock.leap(TTL_MS * 100);
    await pass(0);
    await pass(TTL_MS);
    await farm.seen(runId, 'queued');
  });
});
