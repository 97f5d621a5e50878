import { expect, it } from '@jest/globals';
import {
  AGENT,
  boardSpec,
  finishRun,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const TTL = 30_000;
const agent = { name: AGENT, version: '1.0.0', host: 'pi' };
const at = (nowMs: number) => ({ nowMs, untilMs: nowMs + TTL });

export function boardsContract(database: TestDatabase): void {
  const history = async (serial: string) => {
    const page = await database.store.boards.history(serial, { limit: 50 });
    return page.items.map((one) => [one.availability, one.health, one.cause, one.actor]);
  };

  it('knows a new board as offline until its agent has seen it', async () => {
    const { store } = database;
    const change = await store.boards.sync(AGENT, [boardSpec('b1')], NOW);
    expect(change.boards).toMatchObject([
      { serial: 'b1', availability: 'offline', health: 'good' },
    ]);
    const seen = [{ serial: 'b1', usable: true, detail: 'console answers' }];
    const online = await store.boards.report(AGENT, seen, NOW + 5);
    expect(online.boards).toMatchObject([{ availability: 'idle', sinceMs: NOW + 5 }]);
    expect((await store.boards.report(AGENT, seen, NOW + 9)).boards).toEqual([]);
    expect(await history('b1')).toEqual([
      ['idle', 'good', 'console answers', AGENT],
      ['offline', 'good', 'its agent has not reported it yet', 'inventory'],
    ]);
  });

  it('changes only what the inventory changed', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2', 'b3']);
    const changed = boardSpec('b2', { fixtures: ['ethernet'] });
    const change = await store.boards.sync(AGENT, [boardSpec('b1'), changed], NOW + 1);
    expect(change.boards.map((board) => board.serial).sort()).toEqual(['b2', 'b3']);
    expect((await store.boards.list()).map((board) => board.serial)).toEqual(['b1', 'b2']);
    expect(await store.boards.get('b2')).toMatchObject({
      fixtures: ['ethernet'],
      availability: 'idle',
      sinceMs: NOW,
    });
    expect(await store.boards.get('b3')).toMatchObject({
      availability: 'offline',
      cause: 'gone from the inventory',
    });
    expect((await store.agents.list())[0]?.boards).toBeUndefined();
  });

  it('takes a board back with its history when the inventory has it again', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    await store.boards.sync(AGENT, [], NOW + 1);
    const back = await store.boards.sync('agent-2', [boardSpec('b1')], NOW + 2);
    expect(back.boards).toMatchObject([{ agent: 'agent-2', availability: 'offline' }]);
    expect(await history('b1')).toHaveLength(4);
  });

  it('takes boards offline with their agent, whatever they run, and back again', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [id] = await submit(store, { runs: 1 });
    const order = await granted(store, id, 'b1');
    const gone = await store.agents.gone(AGENT, { cause: 'connection lost', nowMs: NOW + 1 });
    expect(gone.boards.map((board) => board.availability)).toEqual(['offline', 'offline']);
    expect(await store.boards.get('b1')).toMatchObject({ current: { attemptId: order.attemptId } });
    const usable = ['b1', 'b2'].map((serial) => ({ serial, usable: true, detail: '' }));
    const back = await store.boards.report(AGENT, usable, NOW + 2);
    expect(back.boards.map((board) => board.availability)).toEqual(['leased', 'idle']);
  });

  it('moves the time of a board with every change, whatever the clock says', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const times: number[] = [];
    const note = async () => times.push((await store.boards.get('b1'))?.sinceMs ?? 0);
    await note();
    const { attemptId } = await granted(store, id, 'b1', NOW);
    await note();
    // Another controller, whose clock is behind.
    await store.agents.gone(AGENT, { cause: 'connection lost', nowMs: NOW - 60_000 });
    await note();
    const lost = { reason: 'agentLost', message: 'gone' } as const;
    await store.attempts.abandon(attemptId, lost, NOW, policy);
    await note();
    expect(await store.boards.get('b1')).toMatchObject({ availability: 'offline', current: null });
    await store.health.set('b1', { health: 'maintenance', cause: 'x', actor: 'y' }, NOW);
    await note();
    await store.boards.sync('agent-2', [boardSpec('b1')], NOW);
    await note();
    expect(times).toEqual([0, 1, 2, 3, 4, 5].map((later) => NOW + later));
  });

  it('ignores what an agent says of boards that are not its own', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const foreign = [{ serial: 'b1', usable: false, detail: 'mine!' }];
    expect((await store.boards.report('agent-2', foreign, NOW)).boards).toEqual([]);
  });

  it('keeps cause, actor and evidence of a change of health', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const to = { health: 'quarantined', cause: '3 flash failures', actor: 'controller' } as const;
    const change = await store.health.set('b1', { ...to, evidence: 'att_1' }, NOW + 3);
    expect(change?.boards).toMatchObject([{ health: 'quarantined', availability: 'idle' }]);
    const { items } = await store.boards.history('b1', { limit: 1 });
    expect(items).toEqual([{ atMs: NOW + 3, availability: 'idle', evidence: 'att_1', ...to }]);
    expect(await store.health.set('b9', to, NOW)).toBeUndefined();
  });

  it('writes down every lease of a board and pages its history', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const ids = await submit(store, { runs: 3 });
    for (const id of ids) await finishRun(store, id, 'b1');
    const first = await store.boards.history('b1', { limit: 6 });
    const rest = await store.boards.history('b1', { limit: 6, cursor: first.nextCursor ?? '' });
    expect(first.items.map((one) => one.availability)).toEqual([
      'idle',
      'leased',
      'idle',
      'leased',
      'idle',
      'leased',
    ]);
    expect(rest.items.map((one) => one.availability)).toEqual(['idle', 'offline']);
    expect(rest.nextCursor).toBeNull();
  });

  it('lists agents with their boards; a late disconnection of the old controller is ignored', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    await store.agents.connected({ ...agent, controllerId: 'one' }, at(NOW));
    await store.agents.connected({ ...agent, controllerId: 'two' }, at(NOW + 1));
    const gone = (controllerId: string, nowMs: number) =>
      store.agents.gone(AGENT, { cause: 'connection lost', nowMs, controllerId });
    expect((await gone('one', NOW + 2)).boards).toEqual([]);
    const view = { ...agent, connected: true, sinceMs: NOW + 1, boards: 2 };
    expect(await store.agents.list()).toEqual([view]);
    expect((await gone('two', NOW + 3)).boards).toMatchObject([
      { serial: 'b1', availability: 'offline', cause: 'connection lost' },
      { serial: 'b2', availability: 'offline' },
    ]);
    expect(await store.agents.list()).toEqual([{ ...view, connected: false, sinceMs: NOW + 3 }]);
    expect((await gone('two', NOW + 4)).boards).toEqual([]);
  });

  it('misses the agents of which no controller has spoken in time, once, with their boards', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    await store.boards.sync('other', [boardSpec('b3')], NOW);
    await store.boards.report('other', [{ serial: 'b3', usable: true, detail: 'seen' }], NOW);
    for (const name of [AGENT, 'other'])
      await store.agents.connected({ ...agent, name, controllerId: 'one' }, at(NOW));
    expect(await store.agents.lapsed(NOW + TTL - 1)).toMatchObject({ agents: [] });
    expect(await store.agents.heartbeat('one', ['other', 'stranger'], NOW + 2 * TTL)).toEqual([
      'stranger',
    ]);
    const stores = [store, await database.secondStore()];
    const lapses = await Promise.all(stores.map((one) => one.agents.lapsed(NOW + TTL)));
    expect(lapses.flatMap(({ agents }) => agents)).toEqual([AGENT]);
    expect(lapses.flatMap(({ change }) => change.boards)).toMatchObject([
      {
        serial: 'b1',
        availability: 'offline',
        cause: `agent ${AGENT} is gone with its controller`,
      },
      { serial: 'b2', availability: 'offline' },
    ]);
    expect(await store.boards.get('b3')).toMatchObject({ availability: 'idle' });
    expect(await store.agents.heartbeat('one', [AGENT], NOW + 2 * TTL)).toEqual([AGENT]);
    // Whoever reports now believes the agent to be connected still.
    const late = [{ serial: 'b1', usable: true, detail: 'seen' }];
    await store.boards.report(AGENT, late, NOW + TTL + 1);
    expect(await store.agents.lapsed(NOW + TTL + 2)).toMatchObject({
      agents: [AGENT],
      change: { boards: [{ serial: 'b1', availability: 'offline' }] },
    });
    await store.boards.report(AGENT, late, NOW + TTL + 3);
    const why = { cause: 'connection lost', nowMs: NOW + TTL + 4, controllerId: 'one' };
    expect((await store.agents.gone(AGENT, why)).boards).toMatchObject([{ serial: 'b1' }]);
    expect(await store.agents.heartbeat('two', ['other'], NOW + 2 * TTL)).toEqual(['other']);
  });
}
