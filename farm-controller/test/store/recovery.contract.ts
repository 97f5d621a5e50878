import { expect, it } from '@jest/globals';
import type { FollowUp, SettlementPolicy, Store } from '../../src/store/ports.js';
import {
  AGENT,
  batch,
  boardSpec,
  caseEnd,
  ending,
  grant,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

export function recoveryContract(database: TestDatabase): void {
  it('says what is to be done differently once the infrastructure failed a run', async () => {
    await prepareFarm(database.store, ['b1', 'b2']);
    const [run = ''] = await submit(database.store, { runs: 1 });
    const fails = async (serial: string) => {
      const answer = await grant(database.store, run, serial);
      if (answer.kind !== 'granted') throw new Error(answer.kind);
      const { attemptId, recovery } = answer.assignment;
      const why = { reason: 'flashFailed', message: 'test' } as const;
      await database.store.attempts.abandon(attemptId, why, NOW, always);
      return recovery;
    };
    expect(await fails('b1')).toBe('none');
    expect(await fails('b1')).toBe('powerCycle');
    expect(await fails('b2')).toBe('otherBoard');
    expect(await fails('b2')).toBe('powerCycle');
  });

  it('says beside a verdict what the attempt said that gave it, whatever happened later', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [run] = await submit(store, { runs: 1, maxAttempts: 2 });
    const order = await granted(store, run, 'b1');
    const failed = [caseEnd('adds', 'fail'), { ...ending('fail'), message: 'main.cpp:12: 1 != 2' }];
    await store.attempts.append([batch(order, 1, failed)], NOW, always);
    const { attemptId } = await granted(store, run, 'b1');
    const why = { reason: 'agentLost', message: 'the agent is gone' } as const;
    await store.attempts.abandon(attemptId, why, NOW, itFailed);
    expect(await store.runs.get(run)).toMatchObject({
      ...{ verdict: 'fail', reason: 'completed', message: 'main.cpp:12: 1 != 2' },
      ...{ attempts: 2, casesDone: 1, casesTotal: 1 },
    });
  });

  it('keeps a run that a board failed twice from that board while another is usable', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [run] = await submit(store, { runs: 1, maxAttempts: 9 });
    await failOn(store, run, 'b1');
    const [again] = (await failOn(store, run, 'b1')).requeued;
    expect(again).toMatchObject({ runId: run, avoid: ['b1'] });
    expect(again?.lane.requirementClass).toBe('K64F|!b1');
    expect((await store.queue.queued({ limit: 9 })).items).toEqual([again]);
    expect(await store.queue.place(run)).toMatchObject({ position: 1, avoid: ['b1'] });
    expect(await grant(store, run, 'b1')).toEqual({ kind: 'otherBoard', run: again });
    expect(await store.runs.get(run)).toMatchObject({ state: 'queued', attempts: 2 });
    expect(await store.boards.get('b1')).toMatchObject({ availability: 'idle' });
    expect((await granted(store, run, 'b2')).recovery).toBe('otherBoard');
  });

  it('leaves a run that is for one board only in its lane', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [run] = await submit(store, { runs: 1, maxAttempts: 9, board: 'b1' });
    await failOn(store, run, 'b1');
    const [again] = (await failOn(store, run, 'b1')).requeued;
    expect(again).not.toHaveProperty('avoid');
    expect(again?.lane.requirementClass).toBe('K64F');
    expect((await granted(store, run, 'b1')).recovery).toBe('powerCycle');
  });

  it('counts faults of the infrastructure on different boards together', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2', 'b3']);
    const [run] = await submit(store, { runs: 1, maxAttempts: 9 });
    expect((await failOn(store, run, 'b2')).requeued[0]).not.toHaveProperty('avoid');
    expect((await failOn(store, run, 'b1')).requeued[0]).toMatchObject({ avoid: ['b1', 'b2'] });
    for (const serial of ['b1', 'b2'])
      expect((await grant(store, run, serial)).kind).toBe('otherBoard');
    expect((await failOn(store, run, 'b3')).requeued[0]).toMatchObject({
      avoid: ['b1', 'b2', 'b3'],
    });
    expect((await granted(store, run, 'b1')).recovery).toBe('powerCycle');
  });

  it.each([
    ['offline', (store: Store) => store.boards.report(AGENT, [gone('b2')], NOW)],
    ['in maintenance', (store: Store) => store.health.set('b2', maintenance, NOW)],
    ['gone from the inventory', (store: Store) => store.boards.sync(AGENT, [boardSpec('b1')], NOW)],
    [
      'of another target',
      (store: Store) =>
        store.boards.sync(AGENT, [boardSpec('b1'), boardSpec('b2', { target: 'LPC1768' })], NOW),
    ],
  ])('lets the board that failed it have it when the other one is %s', async (_state, change) => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [run] = await submit(store, { runs: 1, maxAttempts: 9 });
    await failOn(store, run, 'b1');
    await failOn(store, run, 'b1');
    await change(store);
    expect((await granted(store, run, 'b1')).recovery).toBe('powerCycle');
  });
}

const maintenance = { health: 'maintenance', cause: 'rewiring', actor: 'ada' } as const;
const gone = (serial: string) => ({ serial, usable: false, detail: 'unplugged' });

/** The infrastructure fails the run on that board. */
async function failOn(store: Store, run: string, serial: string): Promise<FollowUp> {
  const { attemptId } = await granted(store, run, serial);
  const why = { reason: 'flashFailed', message: 'test' } as const;
  return store.attempts.abandon(attemptId, why, NOW, policy);
}

const itFailed: SettlementPolicy = {
  ...policy,
  run: () => ({ kind: 'finish', verdict: 'fail' }),
};
const always: SettlementPolicy = { ...policy, run: () => ({ kind: 'retry' }) };
