import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { PeerBus } from '../../src/peers/peer-bus.js';
import { ManualClock } from '../support/manual-clock.js';
import { board, StageFarm } from '../support/stage-farm.js';

const TTL = 30_000;
/** There are others, and nothing that is said reaches anybody. */
const silent: PeerBus = { send: () => {}, on: () => {}, onGap: () => {} };
const deaf = { orders: silent, bulk: silent };
const racks = { 'rack-1': [board('B1')], 'rack-2': [board('B2')] };
let clock: ManualClock;
let farm: StageFarm;
beforeEach(async () => {
  clock = new ManualClock();
  farm = await StageFarm.start({ racks, clock, leaseTtlMs: TTL, peers: deaf });
});
afterEach(() => farm.stop());

/** What another controller writes when an agent comes to it. */
async function comesElsewhere(name: string, serial: string): Promise<void> {
  const at = { nowMs: clock.now(), untilMs: clock.now() + TTL };
  const agent = { name, version: '1', host: 'there', controllerId: 'another' };
  await farm.store.agents.connected(agent, at);
  const change = await farm.store.boards.report(
    name,
    [{ serial, usable: true, detail: 'looked at' }],
    clock.now(),
  );
  farm.stages.on.viewsChanged(change);
}

/** Lets time go by in steps after which all that fell due is done. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += TTL / 3) {
    await farm.settled();
    clock.advance(TTL / 3);
  }
  await farm.settled();
}

const availability = async (serial: string) => (await farm.store.boards.get(serial))?.availability;

describe('a controller among others', () => {
  it('takes boards offline whose agent died with its controller, and keeps its own', async () => {
    await farm.agent('rack-1').join();
    await comesElsewhere('rack-2', 'B2');
    await pass((2 * TTL) / 3);
    expect(farm.boards.get('B2')).toMatchObject({ availability: 'idle' });
    await pass(2 * TTL);
    expect(farm.boards.get('B2')).toMatchObject({
      ...{ availability: 'offline', cause: 'agent rack-2 is gone with its controller' },
    });
    expect(farm.boards.get('B1')).toMatchObject({ availability: 'idle' });
    expect((await farm.store.agents.list()).map(({ connected }) => connected)).toEqual([
      ...[true, false],
    ]);
  });

  it('lets go of an agent that is with another, whose boards stay online', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    await comesElsewhere('rack-1', 'B1');
    const gone = new Promise((resolve) => agent.once('happened', resolve));
    await pass(TTL / 3);
    await gone;
    await farm.settled();
    expect(agent.connected).toBe(false);
    expect(await availability('B1')).toBe('idle');
  });

  it('misses nobody as long as the others may have stood still with it', async () => {
    await comesElsewhere('rack-2', 'B2');
    await pass((2 * TTL) / 3);
    clock.leap(10 * TTL);
    await pass((2 * TTL) / 3);
    expect(await availability('B2')).toBe('idle');
    await farm.store.agents.heartbeat('another', ['rack-2'], clock.now() + 2 * TTL);
    await pass(TTL);
    expect(await availability('B2')).toBe('idle');
  });

  it('misses nobody right after its start', async () => {
    await comesElsewhere('rack-2', 'B2');
    clock.leap(10 * TTL);
    await farm.stages.close();
    farm = await StageFarm.again(farm, { racks, clock, leaseTtlMs: TTL, peers: deaf });
    await pass((2 * TTL) / 3);
    expect(await availability('B2')).toBe('idle');
    await pass(TTL);
    expect(await availability('B2')).toBe('offline');
  });

  it('misses nobody, its own included, when the database answers late', async () => {
    await farm.agent('rack-1').join();
    await pass(2 * TTL);
    await comesElsewhere('rack-2', 'B2');
    await farm.settled();
    clock.advance(TTL / 3);
    // It has asked, and has no answer yet.
    clock.leap(2 * TTL);
    await pass(TTL / 3);
    expect(await availability('B1')).toBe('idle');
    expect(await availability('B2')).toBe('idle');
  });

  it('misses nobody, its own included, when the database is away for a while', async () => {
    await farm.agent('rack-1').join();
    await pass(2 * TTL);
    await comesElsewhere('rack-2', 'B2');
    const database = new Database(join(farm.dir, 'farm.sqlite'));
    database.exec('alter table agents rename to away');
    await pass(TTL);
    database.exec('alter table away rename to agents');
    database.close();
    await pass(TTL / 3);
    expect(await availability('B1')).toBe('idle');
    expect(await availability('B2')).toBe('idle');
  });

  it('goes on when its clock is set back', async () => {
    await comesElsewhere('rack-2', 'B2');
    await farm.settled();
    clock.leap(-100 * TTL);
    await farm.store.agents.heartbeat('another', ['rack-2'], clock.now());
    clock.advance(101 * TTL);
    await pass(3 * TTL);
    expect(await availability('B2')).toBe('offline');
  });
});
