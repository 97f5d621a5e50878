import type { EventBody } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { Leases } from '../../src/lease/leases.js';
import {
  batch,
  caseEnd,
  ending,
  finishRun,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const LISTED: EventBody = { type: 'casesListed', names: ['boot', 'echo', 'sleep'] };
const NOTE: EventBody = { type: 'note', text: 'hello' };

export function attemptsContract(database: TestDatabase): void {
  const started = async () => {
    await prepareFarm(database.store, ['b1', 'b2']);
    const [id] = await submit(database.store, { runs: 1 });
    return granted(database.store, id, 'b1');
  };
  const append = (...batches: ReturnType<typeof batch>[]) =>
    database.store.attempts.append(batches, NOW + 1_000, policy);

  it('commits events once and acknowledges them again', async () => {
    const order = await started();
    const bodies = [NOTE, NOTE, NOTE];
    const first = await append(batch(order, 1, bodies));
    expect(first.results).toMatchObject([{ ok: true, ackedSeq: 3, ended: false }]);
    const again = await append(batch(order, 2, bodies));
    expect(again.results).toMatchObject([{ ok: true, ackedSeq: 4, committed: [{ seq: 4 }] }]);
    const { events, lastSeq } = await database.store.attempts.events(order.attemptId, 1, 2);
    expect(events.map((event) => event.seq)).toEqual([2, 3]);
    expect(lastSeq).toBe(4);
  });

  it('commits nothing of a batch with a gap', async () => {
    const order = await started();
    const gap = batch(order, 1, [NOTE, NOTE, NOTE]);
    gap.events.splice(1, 1);
    const { results } = await append(gap, batch(order, 1, [NOTE]), batch(order, 3, [NOTE]));
    expect(results.map((result) => result.ok && result.ackedSeq)).toEqual([0, 1, 1]);
  });

  it('answers batches of several attempts in their order, each for itself', async () => {
    const order = await started();
    const [other] = await submit(database.store, { runs: 1 });
    const second = await granted(database.store, other, 'b2');
    const { results } = await append(
      { ...batch(second, 1, [NOTE]), fence: 99 },
      batch(order, 1, [NOTE]),
      { ...batch(order, 1, [NOTE]), attemptId: 'att_unknown' },
      batch(second, 1, [NOTE, NOTE]),
    );
    expect(results).toMatchObject([
      { ok: false, code: 'stale_fence' },
      { ok: true, ackedSeq: 1 },
      { ok: false, code: 'not_found' },
      { ok: true, ackedSeq: 2, runId: other },
    ]);
  });

  it('shows cases as they come and how many are done', async () => {
    const order = await started();
    const { followUp } = await append(
      batch(order, 1, [LISTED, { type: 'caseBegin', name: 'boot' }, caseEnd('boot', 'pass')]),
    );
    expect(followUp.change.runs).toMatchObject([{ casesDone: 1, casesTotal: 3, revision: 3 }]);
    await append(batch(order, 4, [caseEnd('echo', 'fail', 'no answer')]));
    const view = await database.store.attempts.byNumber(order.runId, 1);
    expect(view?.cases).toEqual([
      { ordinal: 0, name: 'boot', verdict: 'pass', durationUs: 1500, failures: [] },
      {
        ordinal: 1,
        name: 'echo',
        verdict: 'fail',
        durationUs: 1500,
        failures: [{ message: 'no answer', file: 'main.cpp', line: 12 }],
      },
      { ordinal: 2, name: 'sleep', verdict: null, durationUs: null, failures: [] },
    ]);
  });

  it('leaves the run view alone when events say nothing new of it', async () => {
    const order = await started();
    const { followUp } = await append(batch(order, 1, [NOTE]));
    expect(followUp.change).toEqual({ submissions: [], runs: [], boards: [] });
  });

  it('keeps every execution of a case that is run again, across batches too', async () => {
    const order = await started();
    const begin: EventBody = { type: 'caseBegin', name: 'echo' };
    await append(batch(order, 1, [LISTED, begin, caseEnd('echo', 'pass'), begin]));
    await append(batch(order, 5, [begin, caseEnd('echo', 'fail', 'second')]));
    await append(batch(order, 7, [begin, caseEnd('echo', 'pass')]));
    const view = await database.store.attempts.byNumber(order.runId, 1);
    expect(view?.cases.map((one) => [one.ordinal, one.name, one.verdict])).toEqual([
      [0, 'boot', null],
      [1, 'echo', 'pass'],
      [2, 'sleep', null],
      [3, 'echo #2', 'fail'],
      [4, 'echo #3', 'pass'],
    ]);
    expect(await database.store.runs.get(order.runId)).toMatchObject({
      casesDone: 3,
      casesTotal: 5,
    });
  });

  it('forgets the cases of a start that the firmware began anew', async () => {
    const order = await started();
    const handshake: EventBody = {
      ...{ type: 'handshake', clientVersion: '1.3.0' },
      ...{ timeoutMs: 1000, hostTest: 'default_auto' },
    };
    const begin: EventBody = { type: 'caseBegin', name: 'boot' };
    await append(batch(order, 1, [handshake, LISTED, begin, caseEnd('boot', 'fail', 'void')]));
    await append(batch(order, 5, [handshake, begin, caseEnd('boot', 'pass'), ending('pass')]));
    const view = await database.store.attempts.byNumber(order.runId, 1);
    expect(view?.cases.map((one) => [one.ordinal, one.name, one.verdict])).toEqual([
      [0, 'boot', 'pass'],
    ]);
    expect(await database.store.runs.get(order.runId)).toMatchObject({
      casesDone: 1,
      casesTotal: 1,
    });
  });

  it('keeps the failure of a case whose end is told again', async () => {
    const order = await started();
    await append(batch(order, 1, [caseEnd('echo', 'fail', 'first'), caseEnd('echo', 'pass')]));
    await append(batch(order, 3, [caseEnd('echo', 'pass'), caseEnd('boot', 'pass')]));
    await append(batch(order, 5, [caseEnd('boot', 'fail', 'later'), ending('fail')]));
    const view = await database.store.attempts.byNumber(order.runId, 1);
    expect(view?.cases.map((one) => [one.name, one.verdict, one.failures[0]?.message])).toEqual([
      ['echo', 'fail', 'first'],
      ['boot', 'fail', 'later'],
    ]);
    expect(await database.store.runs.get(order.runId)).toMatchObject({
      casesDone: 2,
      casesTotal: 2,
    });
  });

  it.each([
    ['fail', [caseEnd('boot', 'fail', 'why')], 'the case "boot" is fail'],
    ['infra', [{ type: 'caseBegin', name: 'boot' }], 'the case "boot" has no result'],
  ] as const)('holds a claimed pass against its cases: %s', async (verdict, cases, why) => {
    const order = await started();
    await append(batch(order, 1, [...cases]));
    await append(batch(order, 2, [caseEnd('echo', 'pass'), ending('pass')]));
    const view = await database.store.attempts.byNumber(order.runId, 1);
    expect(view).toMatchObject({ verdict, message: expect.stringContaining(why) });
  });

  it('keeps metrics and the first crash block', async () => {
    const order = await started();
    const metric = { name: 'boot', value: 1.25, unit: 'ms', direction: 'lower' } as const;
    const crash = (message: string): EventBody => ({
      type: 'crash',
      crash: { message, lines: ['++ MbedOS Error Info ++'] },
    });
    await append(
      batch(order, 1, [
        { type: 'metric', metric },
        { type: 'metric', metric: { ...metric, caseName: 'echo' } },
        crash('hard fault'),
      ]),
    );
    await append(batch(order, 4, [crash('another')]));
    expect(await database.store.attempts.byNumber(order.runId, 1)).toMatchObject({
      metrics: [metric, { ...metric, caseName: 'echo' }],
      crash: { message: 'hard fault' },
    });
  });

  it('settles attempt, run, lease, board and submission with the end', async () => {
    const order = await started();
    const { results, followUp } = await append(batch(order, 1, [NOTE, ending('fail'), NOTE]));
    expect(results).toMatchObject([{ ok: true, ackedSeq: 2, ended: true }]);
    expect(followUp).toMatchObject({ requeued: [], freedBoards: ['b1'] });
    expect(followUp.change.runs).toMatchObject([
      { state: 'finished', verdict: 'fail', reason: 'completed', message: 'it was fail' },
    ]);
    expect(followUp.change.boards).toMatchObject([
      { availability: 'idle', current: null, runsFinished: 1, cause: 'attempt ended: completed' },
    ]);
    expect(await database.store.attempts.open(order.attemptId)).toBeUndefined();
    expect(await new Leases(database.store).nextExpiryMs()).toBeUndefined();
    expect((await database.store.runs.detail(order.runId))?.attemptList).toMatchObject([
      { number: 1, state: 'finished', verdict: 'fail', consoleBytes: 77 },
    ]);
  });

  it('acknowledges late batches of an ended attempt and changes nothing', async () => {
    const order = await started();
    await append(batch(order, 1, [NOTE, ending('pass')]));
    const before = await database.store.runs.detail(order.runId);
    const { results, followUp } = await append(batch(order, 1, [NOTE, ending('fail')]));
    expect(results).toMatchObject([{ ok: true, ackedSeq: 2, committed: [], ended: true }]);
    expect(followUp.change.runs).toEqual([]);
    expect(await database.store.runs.detail(order.runId)).toEqual(before);
  });

  it('refuses what an abandoned attempt still sends', async () => {
    const order = await started();
    await append(batch(order, 1, [NOTE]));
    const why = { reason: 'agentLost', message: 'silent' } as const;
    await database.store.attempts.abandon(order.attemptId, why, NOW, policy);
    const { results } = await append(batch(order, 2, [ending('pass')]));
    expect(results).toMatchObject([{ ok: false, code: 'stale_fence' }]);
    const twice = await database.store.attempts.abandon(order.attemptId, why, NOW, policy);
    expect(twice.requeued).toEqual([]);
  });

  it('queues a retried run again as old as it was, with the reason', async () => {
    const order = await started();
    const end = ending('infra', 'consoleLost');
    const { followUp } = await append(batch(order, 1, [LISTED, end]));
    expect(followUp.requeued).toMatchObject([{ runId: order.runId, createdMs: NOW }]);
    expect(followUp.change.runs).toMatchObject([
      {
        state: 'queued',
        verdict: null,
        reason: 'consoleLost',
        message: 'it was infra',
        boardSerial: null,
        startedMs: null,
        attempts: 1,
      },
    ]);
    expect(followUp.change.submissions).toMatchObject([{ runsRunning: 0, runsFinished: 0 }]);
    const next = await granted(database.store, order.runId, 'b2');
    expect(next.attemptNumber).toBe(2);
    expect(await database.store.runs.get(order.runId)).toMatchObject({ casesTotal: null });
  });

  it('never overwrites the verdict of an earlier attempt', async () => {
    const order = await started();
    const retry = { ...policy, run: () => ({ kind: 'retry' }) as const };
    await database.store.attempts.append([batch(order, 1, [ending('fail')])], NOW, retry);
    await finishRun(database.store, order.runId, 'b2');
    const detail = await database.store.runs.detail(order.runId);
    expect(detail?.verdict).toBe('flaky');
    expect(detail?.attemptList.map((one) => one.verdict)).toEqual(['fail', 'pass']);
  });

  it('keeps an attempt with as many cases as one event may list', async () => {
    const order = await started();
    const names = Array.from({ length: 2000 }, (_, i) => `case ${i}`);
    await append(batch(order, 1, [{ type: 'casesListed', names }]));
    const ends = names.slice(0, 199).map((name) => caseEnd(name, 'pass'));
    const { followUp } = await append(batch(order, 2, ends));
    expect(followUp.change.runs).toMatchObject([{ casesDone: 199, casesTotal: 2000 }]);
  });

  it('settles two ends in one transaction, also of one submission', async () => {
    await prepareFarm(database.store, ['b1', 'b2']);
    const [one, two] = await submit(database.store, { runs: 2 });
    const first = await granted(database.store, one, 'b1');
    const second = await granted(database.store, two ?? '', 'b2');
    const { followUp } = await append(
      batch(second, 1, [ending('pass')]),
      batch(first, 1, [ending('pass')]),
    );
    expect(followUp.freedBoards).toEqual(['b1', 'b2']);
    expect(followUp.change.submissions).toMatchObject([
      { state: 'finished', verdicts: { pass: 2 }, runsRunning: 0 },
    ]);
  });

  it('tells two controllers that get the same batch the same thing', async () => {
    const order = await started();
    const second = await database.secondStore();
    const send = (store: typeof second) =>
      store.attempts.append([batch(order, 1, [NOTE, ending('pass')])], NOW, policy);
    const answers = await Promise.all([send(database.store), send(second)]);
    const committed = answers.map(({ results: [r] }) => (r?.ok ? r.committed.length : -1));
    expect(committed.sort()).toEqual([0, 2]);
    expect((await database.store.counts()).finishedByVerdict).toEqual(new Map([['pass', 1]]));
  });
}
