import { attemptIdSchema, leaseIdSchema } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { Leases } from '../../src/lease/leases.js';
import type { LeaseGrant, SettlementPolicy, Store } from '../../src/store/ports.js';
import {
  AGENT,
  batch,
  boardSpec,
  ending,
  finishRun,
  grant,
  granted,
  NOW,
  newSubmission,
  policy,
  prepareFarm,
  SHA,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

export function leasesContract(database: TestDatabase): void {
  it('grants a board with everything that the agent needs', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const answer = await grant(store, id, 'b1');
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    const { assignment, change } = answer;
    expect(assignment).toEqual({
      attemptId: expect.stringMatching(/^att_/),
      leaseId: expect.stringMatching(/^lea_/),
      runId: id,
      runName: 'test 0',
      attemptNumber: 1,
      fence: 1,
      leaseTtlMs: 30_000,
      board: boardSpec('b1'),
      image: { sha256: SHA, sizeBytes: 1234, name: 'test.elf', format: 'elf' },
      timeoutMs: 60_000,
      maxConsoleBytes: 1_000_000,
      recovery: 'none',
      boardEpoch: 1,
    });
    expect(attemptIdSchema.safeParse(assignment.attemptId).success).toBe(true);
    expect(leaseIdSchema.safeParse(assignment.leaseId).success).toBe(true);
    expect(change.runs).toMatchObject([{ state: 'running', attempts: 1, boardSerial: 'b1' }]);
    expect(change.submissions).toMatchObject([{ runsRunning: 1, revision: 2 }]);
    expect(change.boards).toMatchObject([
      { availability: 'leased', current: { runId: id, attemptId: assignment.attemptId } },
    ]);
    expect(await store.attempts.openOf(AGENT)).toEqual([
      expect.objectContaining({ assignment, leaseExpiresMs: NOW + 30_000, ackedSeq: 0 }),
    ]);
  });

  it('keeps what the board was called with the run and the attempt, whatever it is called later', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const request = { runId: id, boardSerial: 'b1', boardName: 'left', agent: AGENT, nowMs: NOW };
    await new Leases(store).grant({ ...request, ttlMs: 30_000, maxConsoleBytes: 1000 });
    await store.boards.sync(AGENT, [{ ...boardSpec('b1'), name: 'right' }], NOW);
    expect(await store.boards.get('b1')).toMatchObject({ name: 'right' });
    expect(await store.runs.get(id)).toMatchObject({ boardSerial: 'b1', boardName: 'left' });
    expect(await store.attempts.byNumber(id, 1)).toMatchObject({ boardName: 'left' });
  });

  it('is not renewed by an agent that has it not', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const held = await granted(store, id, 'b1');
    expect(await new Leases(store).renew('agent-2', [held], NOW + 99_000)).toEqual([held.leaseId]);
    expect(await new Leases(store).nextExpiryMs()).toBe(NOW + 30_000);
  });

  it('is given up only when it has run out by then', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const held = await granted(store, id, 'b1');
    const expire = (nowMs: number) =>
      new Leases(store).expire(held.attemptId, 'silent', nowMs, policy);
    expect(await expire(NOW + 29_999)).toBeUndefined();
    expect(await store.runs.get(id)).toMatchObject({ state: 'running' });
    expect((await expire(NOW + 30_000))?.freedBoards).toEqual(['b1']);
    expect(await expire(NOW + 99_000)).toBeUndefined();
  });

  it('is either renewed or given up, whoever comes first', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const second = await database.secondStore();
    const at = NOW + 30_000;
    for (const id of await submit(store, { runs: 20 })) {
      const held = await granted(store, id, 'b1');
      const [lost, followUp] = await Promise.all([
        new Leases(second).renew(AGENT, [held], at + 30_000),
        new Leases(store).expire(held.attemptId, 'silent', at, policy),
      ]);
      expect(lost).toEqual(followUp ? [held.leaseId] : []);
      const { state } = (await store.runs.get(id)) ?? {};
      expect(state).toBe(followUp ? 'queued' : 'running');
      if (!followUp) await store.attempts.append([batch(held, 1, [ending('pass')])], at, policy);
    }
  });

  it('tells the agent when more than leases has happened to a board since the last one', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const runs = await submit(store, { runs: 5 });
    const epochs: (number | undefined)[] = [];
    const once = async (i: number): Promise<void> => {
      epochs.push((await finishRun(store, runs[i] ?? '', 'b1')).boardEpoch);
    };
    await once(0);
    await once(1);
    await store.health.set('b1', maintenance, NOW);
    await store.health.set('b1', { ...maintenance, health: 'good' }, NOW);
    await once(2);
    await store.boards.report(AGENT, [{ serial: 'b1', usable: false, detail: 'gone' }], NOW);
    await store.boards.report(AGENT, [{ serial: 'b1', usable: true, detail: 'back' }], NOW);
    await once(3);
    await once(4);
    const [first = 0, , third = 0, fourth = 0] = epochs;
    expect(epochs).toEqual([first, first, third, fourth, fourth]);
    expect(new Set([first, third, fourth]).size).toBe(3);
  });

  it('tells the agent the timing of the run, if it has one', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const plan = newSubmission({ runs: 2 });
    const timing = { resetDelayMs: 4000, syncTimeoutMs: 20_000, syncTries: 2, baudRate: 57_600 };
    const [first, second] = plan.runs;
    if (!first || !second) throw new Error('a submission of two runs has two');
    const timed = { ...first, spec: { ...first.spec, timing } };
    await store.submissions.create({ ...plan, runs: [timed, second] });
    expect((await granted(store, first.id, 'b1')).timing).toEqual(timing);
    expect(await granted(store, second.id, 'b2')).not.toHaveProperty('timing');
  });

  it('tells on how many boards a run got no answer that answer other images', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    await store.images.put(
      { sha256: 'b'.repeat(64), sizeBytes: 1234, format: 'elf', segments: [] },
      NOW,
    );
    const plan = newSubmission({ runs: 4 });
    const mute = plan.runs[3]?.id ?? '';
    const others = plan.runs.slice(0, 3).map((run) => run.id);
    const runs = plan.runs.map((run) =>
      run.id === mute ? { ...run, imageSha256: 'b'.repeat(64) } : run,
    );
    await store.submissions.create({ ...plan, runs });
    const sound: number[] = [];
    const counting: SettlementPolicy = {
      ...policy,
      run: (ended) => {
        sound.push(ended.soundBoards);
        return ended.verdict === 'infra' ? { kind: 'retry' } : policy.run(ended);
      },
    };
    const silent = async (board: string): Promise<void> => {
      const order = await granted(store, mute, board);
      const end = ending('infra', 'syncFailed');
      await store.attempts.append([batch(order, 1, [end])], NOW, counting);
    };
    await finishRun(store, others[0] ?? '', 'b1');
    await silent('b1');
    await silent('b1');
    await silent('b2');
    await finishRun(store, others[1] ?? '', 'b2', { verdict: 'hang' });
    await silent('b2');
    await finishRun(store, others[2] ?? '', 'b2', { verdict: 'fail' });
    await silent('b2');
    expect(sound).toEqual([0, 1, 1, 1, 2]);
  });

  it('grants a taken board to nobody and leaves the run in the queue', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [one, two] = await submit(store, { runs: 2 });
    await granted(store, one, 'b1');
    expect(await grant(store, two ?? '', 'b1')).toEqual({ kind: 'boardTaken' });
    expect(await store.runs.get(two ?? '')).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('grants nothing to a run that is gone', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [one] = await submit(store, { runs: 1 });
    await granted(store, one, 'b1');
    expect(await grant(store, one, 'b2')).toEqual({ kind: 'runGone' });
    expect(await store.boards.get('b2')).toMatchObject({ availability: 'idle' });
  });

  it.each([
    ['offline', (store: Store) => store.agents.gone(AGENT, { cause: 'lost', nowMs: NOW })],
    ['in maintenance', (store: Store) => store.health.set('b1', maintenance, NOW)],
    ['gone from the inventory', (store: Store) => store.boards.sync(AGENT, [], NOW)],
  ])('does not grant a board that is %s', async (_state, change) => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    await change(store);
    expect(await grant(store, id, 'b1')).toEqual({ kind: 'boardTaken' });
  });

  it('gives every lease of a board a larger fence', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const ids = await submit(store, { runs: 3 });
    const fences: number[] = [];
    for (const id of ids) fences.push((await finishRun(store, id, 'b1')).fence);
    expect(fences).toEqual([1, 2, 3]);
  });

  it('renews active leases and names the lost ones', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [one, two] = await submit(store, { runs: 2 });
    const held = await granted(store, one, 'b1');
    const ended = await finishRun(store, two ?? '', 'b2');
    const lost = await new Leases(store).renew(
      AGENT,
      [held, ended, { leaseId: 'lea_unknown', fence: 1 }],
      NOW + 90_000,
    );
    expect(lost).toEqual([ended.leaseId, 'lea_unknown']);
    expect(await new Leases(store).nextExpiryMs()).toBe(NOW + 90_000);
    const wrongFence = { leaseId: held.leaseId, fence: held.fence + 1 };
    expect(await new Leases(store).renew(AGENT, [wrongFence], NOW + 99_000)).toEqual([
      held.leaseId,
    ]);
    expect(await new Leases(store).nextExpiryMs()).toBe(NOW + 90_000);
  });

  it('extends an agent’s leases but never shortens them', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    await granted(store, id, 'b1');
    await new Leases(store).extendForAgent(AGENT, NOW + 10);
    await new Leases(store).extendForAgent('someone-else', NOW + 999_000);
    expect(await new Leases(store).nextExpiryMs()).toBe(NOW + 30_000);
    await new Leases(store).extendForAgent(AGENT, NOW + 60_000);
    expect(await new Leases(store).nextExpiryMs()).toBe(NOW + 60_000);
  });

  it('finds leases that have run out, until their attempts are abandoned', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const [id] = await submit(store, { runs: 1 });
    const order = await granted(store, id, 'b1');
    expect(await new Leases(store).expired(NOW + 29_999)).toEqual([]);
    const [expired] = await new Leases(store).expired(NOW + 30_000);
    expect(expired).toMatchObject({ attemptId: order.attemptId, fence: 1 });
    const why = { reason: 'agentLost', message: 'silent for 30 s' } as const;
    const after = await store.attempts.abandon(order.attemptId, why, NOW + 30_000, policy);
    expect(after.requeued.map((run) => run.runId)).toEqual([id]);
    expect(after.freedBoards).toEqual(['b1']);
    expect(await new Leases(store).expired(NOW + 99_000)).toEqual([]);
    expect(await new Leases(store).nextExpiryMs()).toBeUndefined();
    expect((await granted(store, id, 'b1')).fence).toBe(2);
  });

  it('never leases a board twice while two controllers race for all of them', async () => {
    const second = await database.secondStore();
    const stores = [database.store, second];
    const serials = Array.from({ length: 8 }, (_, i) => `b${i}`);
    await prepareFarm(database.store, serials);
    const runs = await submit(database.store, { runs: 100 });
    const tally = { granted: 0, runGone: 0, boardTaken: 0, otherBoard: 0 };
    const count = (answer: LeaseGrant) => {
      tally[answer.kind] += 1;
      return answer;
    };
    const drain = async (store: Store, serial: string, order: readonly string[]) => {
      for (const id of order) {
        const answer = count(await grant(store, id, serial));
        if (answer.kind !== 'granted') continue;
        const { assignment } = answer;
        const open = await store.attempts.openOf(AGENT);
        const boards = open.map((attempt) => attempt.boardSerial);
        expect(new Set(boards).size).toBe(boards.length);
        const why = { reason: 'boardStartFailed', message: 'race' } as const;
        await store.attempts.abandon(assignment.attemptId, why, NOW, finishing);
      }
    };
    const reversed = [...runs].reverse();
    await Promise.all(
      serials.flatMap((serial) =>
        stores.map((store, i) => drain(store, serial, i === 0 ? runs : reversed)),
      ),
    );
    expect(tally.granted + (await database.store.counts()).queued).toBe(100);
    expect(tally.runGone + tally.boardTaken).toBeGreaterThan(0);
    const boards = await database.store.boards.list();
    const finished = boards.reduce((sum, board) => sum + board.runsFinished, 0);
    expect(finished).toBe(tally.granted);
    expect(boards.every((board) => board.availability === 'idle')).toBe(true);
  }, 120_000);
}

const finishing: SettlementPolicy = {
  ...policy,
  run: () => ({ kind: 'finish', verdict: 'pass' }),
};

const maintenance = { health: 'maintenance', cause: 'rewiring', actor: 'ada' } as const;
