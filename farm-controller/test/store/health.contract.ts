import { expect, it } from '@jest/globals';
import { planCheck } from '../../src/health/plan-check.js';
import { runFate } from '../../src/results/run-fate.js';
import type { FollowUp, SettlementPolicy, Store } from '../../src/store/ports.js';
import {
  AGENT,
  batch,
  boardSpec,
  ending,
  grant,
  granted,
  NOW,
  policy,
  prepareFarm,
  SHA,
  strict,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const GOLDEN = { sha256: SHA, name: 'golden.elf', timeoutMs: 60_000 };
const check = () => planCheck({ serial: 'b1', target: 'K64F' }, GOLDEN, NOW);
const offline = [{ serial: 'b1', usable: false, detail: 'looked at after a failed attempt' }];

/** The infrastructure fails a run of its own on b1. */
async function fault(store: Store, by: SettlementPolicy = strict) {
  const [run] = await submit(store, { runs: 1, maxAttempts: 1 });
  const order = await granted(store, run, 'b1');
  const end = [batch(order, 1, [ending('infra', 'flashFailed')])];
  const { followUp } = await store.attempts.append(end, NOW, by);
  return { run, order, followUp };
}

/** b1, suspect after two faults, and its check, queued. */
async function examined(store: Store): Promise<string> {
  await prepareFarm(store, ['b1', 'b2']);
  await fault(store);
  await fault(store);
  const begun = await store.health.beginCheck('b1', check());
  const id = begun?.queued[0]?.runId;
  if (id === undefined) throw new Error('no check');
  return id;
}

async function finishCheck(store: Store, id: string, verdict: 'pass' | 'infra') {
  const order = await granted(store, id, 'b1');
  const end = ending(verdict, verdict === 'pass' ? 'completed' : 'emulatorExited');
  const never: SettlementPolicy = { ...strict, run: () => ({ kind: 'finish', verdict }) };
  const { followUp } = await store.attempts.append([batch(order, 1, [end])], NOW, never);
  return { order, followUp };
}

export function healthContract(database: TestDatabase): void {
  it('makes a board suspect in the transaction that ends the last attempt of the row, with evidence', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const first = await fault(store);
    expect(first.followUp.change.boards).toMatchObject([{ health: 'good' }]);
    const second = await fault(store);
    expect(second.followUp.change.boards).toMatchObject([
      { serial: 'b1', availability: 'idle', health: 'suspect', healthCause: 'it failed twice' },
    ]);
    expect(second.followUp.freedBoards).toEqual(['b1']);
    const { items } = await store.boards.history('b1', { limit: 2 });
    const evidence = [first, second].map(
      ({ order }) => `${order.attemptId} (${order.runId}, attempt 1)`,
    );
    expect(items).toMatchObject([
      { health: 'suspect', actor: 'controller', cause: 'it failed twice' },
      { health: 'good', cause: 'attempt ended: flashFailed', evidence: null },
    ]);
    expect(items[0]?.evidence).toBe(evidence.join('; '));
  });

  it('does so for a board that is offline when its attempt is given up', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    await fault(store);
    const [run] = await submit(store, { runs: 1, maxAttempts: 1 });
    const { attemptId } = await granted(store, run, 'b1');
    await store.boards.report(AGENT, offline, NOW);
    const why = { reason: 'boardStartFailed', message: 'refused' } as const;
    const { change, freedBoards } = await store.attempts.abandon(attemptId, why, NOW, strict);
    expect(change.boards).toMatchObject([{ availability: 'offline', health: 'suspect' }]);
    expect(freedBoards).toEqual([]);
    expect(await store.health.suspect('b1')).toMatchObject({ check: null });
  });

  it('forgets the faults of a board when an attempt clears it', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    await fault(store);
    const [run] = await submit(store, { runs: 1 });
    const order = await granted(store, run, 'b1');
    await store.attempts.append([batch(order, 1, [ending('fail')])], NOW, strict);
    const { followUp } = await fault(store);
    expect(followUp.change.boards).toMatchObject([{ health: 'good' }]);
  });

  it('gives a suspect board its check and nothing else, and the check no other board', async () => {
    const { store } = database;
    const id = await examined(store);
    const [run] = await submit(store, { runs: 1 });
    expect(await grant(store, run, 'b1')).toEqual({ kind: 'boardTaken' });
    expect(await grant(store, id, 'b2')).toEqual({ kind: 'boardTaken' });
    expect(await granted(store, id, 'b1')).toMatchObject({
      ...{ runName: 'health check of b1', recovery: 'powerCycle', attemptNumber: 1 },
    });
  });

  it('rebuilds the queue with the check in a lane of its own', async () => {
    const { store } = database;
    const id = await examined(store);
    expect((await store.queue.queued({ limit: 9 })).items).toMatchObject([
      {
        ...{ runId: id, healthCheck: true, requirement: { board: 'b1' } },
        lane: { requirementClass: 'health-check|K64F|b1', tenant: 'farm', band: 'urgent' },
      },
    ]);
  });

  it('writes one check for a suspicion, however many controllers try', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    await fault(store);
    await fault(store);
    const stores = [store, await database.secondStore()];
    const tries = [...stores, ...stores].map((one) => one.health.beginCheck('b1', check()));
    const begun = (await Promise.all(tries)).filter((answer) => answer !== undefined);
    expect(begun).toHaveLength(1);
    expect((await store.submissions.list({ limit: 9 })).items.map(({ name }) => name)).toEqual([
      ...['health check of b1', 'nightly', 'nightly'],
    ]);
    expect(await store.health.beginCheck('b9', check())).toBeUndefined();
  });

  it('shows what a check has come to, and ends its suspicion once', async () => {
    const { store } = database;
    const id = await examined(store);
    expect(await store.health.suspect('b1')).toMatchObject({
      ...{ serial: 'b1', target: 'K64F', check: { runId: id, state: 'queued' } },
    });
    const { order } = await finishCheck(store, id, 'infra');
    const { attemptId } = order;
    const said = { verdict: 'infra', message: 'it was infra', attemptId };
    expect(await store.health.suspect('b1')).toMatchObject({
      check: { state: 'finished', runId: id, ...said },
    });
    const to = { health: 'quarantined', cause: 'broken', evidence: attemptId, nowMs: NOW } as const;
    const stores = [store, await database.secondStore()];
    const ends = await Promise.all(stores.map((one) => one.health.endSuspicion('b1', id, to)));
    expect(ends.flatMap(({ boards }) => boards)).toMatchObject([{ health: 'quarantined' }]);
    expect((await store.boards.history('b1', { limit: 1 })).items).toMatchObject([
      { health: 'quarantined', actor: 'controller', cause: 'broken', evidence: attemptId },
    ]);
    expect(await store.health.suspect('b1')).toBeUndefined();
  });

  it('begins to count anew when a check has cleared the board', async () => {
    const { store } = database;
    const id = await examined(store);
    await finishCheck(store, id, 'pass');
    await store.health.endSuspicion('b1', id, { health: 'good', cause: 'passed', nowMs: NOW });
    expect((await fault(store)).followUp.change.boards).toMatchObject([{ health: 'good' }]);
    expect((await fault(store)).followUp.change.boards).toMatchObject([{ health: 'suspect' }]);
    expect(await store.health.suspect('b1')).toMatchObject({ check: null });
  });

  it('does not count what happens on a board that is suspect already', async () => {
    const { store } = database;
    const id = await examined(store);
    const { followUp } = await finishCheck(store, id, 'infra');
    expect(followUp.change.boards).toMatchObject([{ health: 'suspect' }]);
    const { items } = await store.boards.history('b1', { limit: 9 });
    expect(items.filter(({ evidence }) => evidence !== null)).toHaveLength(1);
  });

  it('cancels a check that has not begun when somebody decides about the board', async () => {
    const { store } = database;
    const id = await examined(store);
    const good = { health: 'good', cause: 'new cable', actor: 'ada' } as const;
    const change = await store.health.set('b1', good, NOW + 1);
    expect(change?.runs).toMatchObject([{ id, verdict: 'cancelled' }]);
    expect(change?.submissions).toMatchObject([{ state: 'finished' }]);
    expect(change?.boards).toMatchObject([{ serial: 'b1', health: 'good' }]);
    expect(change?.boards[0]).not.toHaveProperty('healthCause');
    expect((await fault(store)).followUp.change.boards).toMatchObject([{ health: 'good' }]);
  });

  it('does not listen to a check that somebody was faster than', async () => {
    const { store } = database;
    const id = await examined(store);
    const order = await granted(store, id, 'b1');
    await store.health.set('b1', { health: 'good', cause: 'x', actor: 'ada' }, NOW);
    await store.health.set('b1', { health: 'suspect', cause: 'y', actor: 'ada' }, NOW);
    const never: SettlementPolicy = {
      ...strict,
      run: () => ({ kind: 'finish', verdict: 'infra' }),
    };
    await store.attempts.append([batch(order, 1, [ending('infra')])], NOW, never);
    const late = { health: 'quarantined', cause: 'late', nowMs: NOW } as const;
    expect((await store.health.endSuspicion('b1', id, late)).boards).toEqual([]);
    expect(await store.health.suspect('b1')).toMatchObject({ check: null });
  });

  it('keeps the check when somebody says once more that the board is suspect', async () => {
    const { store } = database;
    const id = await examined(store);
    await store.health.set('b1', { health: 'suspect', cause: 'odd', actor: 'ada' }, NOW);
    expect(await store.health.suspect('b1')).toMatchObject({ check: { runId: id } });
  });

  it.each([
    ['is gone', []],
    ['has another target', [boardSpec('b1', { target: 'NRF52840_DK' })]],
    ['has another model', [boardSpec('b1', { model: 'other-k64f' })]],
  ])('cancels the check of a board that %s by the inventory', async (_what, boards) => {
    const { store } = database;
    const id = await examined(store);
    const change = await store.boards.sync(AGENT, boards, NOW + 1);
    const message = 'the inventory has no such board any more, or describes it otherwise';
    expect(change.runs).toMatchObject([{ id, verdict: 'cancelled', message }]);
    expect(change.submissions).toMatchObject([{ state: 'finished' }]);
    await store.boards.sync(AGENT, [boardSpec('b1')], NOW + 2);
    expect(await store.health.suspect('b1')).toMatchObject({ check: null });
  });

  it('keeps the check of a board that is only wired otherwise', async () => {
    const { store } = database;
    const id = await examined(store);
    const wiring = { driver: 'qemu', params: { machine: 'mps3' } };
    const change = await store.boards.sync(AGENT, [boardSpec('b1', { wiring })], NOW + 1);
    expect(change.runs).toEqual([]);
    expect(await store.health.suspect('b1')).toMatchObject({ check: { runId: id } });
  });

  it('does not try a check again whose board is gone', async () => {
    const { store } = database;
    const order = await granted(store, await examined(store), 'b1');
    await store.boards.sync(AGENT, [], NOW + 1);
    const end = [batch(order, 1, [ending('infra', 'agentRestarted')])];
    const { followUp } = await store.attempts.append(end, NOW + 2, { ...strict, run: runFate });
    expect(followUp.change.runs).toMatchObject([{ verdict: 'cancelled' }]);
    expect(followUp.requeued).toEqual([]);
  });

  it('remembers why a board is not trusted over what its agent says of it', async () => {
    const { store } = database;
    await examined(store);
    await store.boards.report(AGENT, offline, NOW);
    await store.boards.report(AGENT, [{ serial: 'b1', usable: true, detail: 'answers' }], NOW);
    expect(await store.boards.get('b1')).toMatchObject({
      ...{ health: 'suspect', cause: 'answers', healthCause: 'it failed twice' },
    });
  });

  it('counts checks among nobody’s verdicts', async () => {
    const { store } = database;
    await finishCheck(store, await examined(store), 'infra');
    const { finishedByVerdict } = await store.counts();
    expect([...finishedByVerdict]).toEqual([['infra', 2]]);
  });

  it('leaves the count of a board alone when the policy does', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const many: FollowUp[] = [];
    for (let i = 0; i < 4; i++) many.push((await fault(store, policy)).followUp);
    expect(many.flatMap(({ change }) => change.boards.map(({ health }) => health))).toEqual([
      ...['good', 'good', 'good', 'good'],
    ]);
  });
}
