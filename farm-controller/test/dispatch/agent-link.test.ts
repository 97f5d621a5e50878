import { createHash } from 'node:crypto';
import type { AttemptEvent } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { attemptEvents, endEvent, granted, held, smallLog } from '../support/fake-agent.js';
import { board, need, StageFarm } from '../support/stage-farm.js';

const racks = { 'rack-1': [board('B1')], 'rack-2': [board('B2')] };
let farm: StageFarm;
beforeEach(async () => {
  farm = await StageFarm.start({ racks });
});
afterEach(() => farm.stop());

describe('what an agent may say', () => {
  it('takes nothing before hello', async () => {
    const agent = farm.agent('rack-1');
    await agent.connect();
    expect(await agent.report(['B1'])).toMatchObject({ ok: false, code: 'unavailable' });
  });

  it('names the field that is wrong', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    const reply = await agent.raw('boards', {
      boards: [{ serial: 'B1', usable: 'yes', detail: '' }],
    });
    expect(reply).toMatchObject({ ok: false, code: 'invalid_request' });
    expect(reply.ok ? '' : reply.message).toContain('boards[0].usable');
  });

  it('hangs up on a message without a reply', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    agent.rawWithoutReply('events', {});
    await agent.until('disconnected', () => !agent.connected);
  });

  it('ignores boards of others in a report', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    granted(await agent.report(['B1', 'B2']));
    const [b1, b2] = [await farm.store.boards.get('B1'), await farm.store.boards.get('B2')];
    expect([b1?.availability, b2?.availability]).toEqual(['idle', 'offline']);
  });

  it('takes no events for an attempt of another agent', async () => {
    const [one, two] = [farm.agent('rack-1'), farm.agent('rack-2')];
    await Promise.all([one.join(), two.join()]);
    await farm.submit([need({ board: 'B1' })]);
    const order = await one.order();
    const reply = await two.events(order, attemptEvents(order, smallLog()));
    expect(reply).toMatchObject({ ok: false, code: 'forbidden' });
  });
});

describe('events and console of an attempt', () => {
  it('are taken when a newer agent says what this controller does not know', async () => {
    const agent = farm.agent('rack-1');
    expect((await agent.join()).features).toContain('unknownEvents');
    const [run] = await farm.submit([need({ board: 'B1' })]);
    const given = await agent.order();
    const news = { type: 'supplyDip', mv: 2900, note: 'n'.repeat(5000) };
    const events = [
      { seq: 1, atUs: 1, body: { type: 'note', text: 'before', lateField: { deep: [1] } } },
      { seq: 2, atUs: 2, body: news, lateField: true },
      { seq: 3, atUs: 3, body: endEvent(smallLog()) },
    ];
    granted(await agent.console(given, 0, smallLog()));
    const key = { attemptId: given.attemptId, fence: given.fence };
    expect(await agent.raw('events', { ...key, events })).toMatchObject({ ok: true, ackedSeq: 3 });
    expect((await farm.seen(run?.id ?? '', 'finished')).verdict).toBe('pass');
    const stored = await farm.store.attempts.events(given.attemptId, 0, 9);
    expect(stored.events.map(({ body }) => body)).toMatchObject([
      { type: 'note', text: 'before' },
      {
        type: 'unknown',
        name: 'supplyDip',
        json: expect.stringMatching(/^\{"mv":2900,"note":"n{3000}/),
      },
      { type: 'attemptEnd' },
    ]);
  });

  async function order() {
    const agent = farm.agent('rack-1');
    await agent.join();
    const [run] = await farm.submit([need({ board: 'B1' })]);
    return { agent, order: await agent.order(), runId: run?.id ?? '' };
  }

  it('commits an event once however often it is sent', async () => {
    const { agent, order: o } = await order();
    const [begin] = attemptEvents(o, smallLog());
    if (!begin) throw new Error('no event');
    for (let i = 0; i < 3; i++)
      expect(await agent.events(o, [begin])).toEqual({ ok: true, ackedSeq: 1 });
    expect((await farm.store.attempts.events(o.attemptId, 0, 10)).events).toHaveLength(1);
  });

  it('commits nothing of a batch with a gap and says how far it is', async () => {
    const { agent, order: o } = await order();
    const note = (seq: number) => ({ seq, atUs: 0, body: { type: 'note', text: 'n' } }) as const;
    expect(await agent.events(o, [note(2)])).toEqual({ ok: true, ackedSeq: 0 });
    expect(await agent.events(o, [note(1), note(2)])).toEqual({ ok: true, ackedSeq: 2 });
    expect(await agent.events(o, [note(3), note(5)])).toEqual({ ok: true, ackedSeq: 2 });
  });

  it('refuses a stale fence, for events and console', async () => {
    const { agent, order: o } = await order();
    const stale = { ok: false, code: 'stale_fence' };
    const events = attemptEvents(o, smallLog());
    expect(await agent.events(o, events, o.fence + 1)).toMatchObject(stale);
    expect(await agent.console(o, 0, smallLog(), { fence: o.fence + 1 })).toMatchObject(stale);
    expect((await farm.store.attempts.events(o.attemptId, 0, 10)).lastSeq).toBe(0);
  });

  it('goes on from the offset it has, and skips what it knows', async () => {
    const { agent, order: o } = await order();
    const log = smallLog();
    const size = log.byteLength;
    expect(await agent.console(o, 0, log.subarray(0, 9))).toEqual({
      ok: true,
      ackedConsoleBytes: 9,
    });
    expect(await agent.console(o, 12, log.subarray(12))).toEqual({
      ok: true,
      ackedConsoleBytes: 9,
    });
    expect(await agent.console(o, 4, log.subarray(4))).toEqual({
      ok: true,
      ackedConsoleBytes: size,
    });
  });

  it('does not end an attempt whose console log is incomplete', async () => {
    const { agent, order: o, runId } = await order();
    const log = smallLog();
    granted(await agent.console(o, 0, log.subarray(0, 9)));
    const events = attemptEvents(o, log);
    expect(await agent.events(o, events)).toMatchObject({ ok: false, code: 'console_incomplete' });
    expect((await farm.store.runs.get(runId))?.state).toBe('running');
    granted(await agent.console(o, 9, log.subarray(9)));
    expect(await agent.events(o, events)).toEqual({ ok: true, ackedSeq: 2 });
    expect(await farm.store.runs.get(runId)).toMatchObject({ state: 'finished', verdict: 'pass' });
  });

  it('does not end an attempt before each of the streams that its end names is complete', async () => {
    const { agent, order: o, runId } = await order();
    const names = ['console', 'console-server', 'trace-power'] as const;
    const bytes = (name: string) => Buffer.concat([smallLog(), Buffer.from(name)]);
    const streams = names.map((name) => ({
      ...{ name, kind: name === 'trace-power' ? ('trace' as const) : ('console' as const) },
      bytes: bytes(name).length,
      sha256: createHash('sha256').update(bytes(name)).digest('hex'),
    }));
    const [begin] = attemptEvents(o, smallLog());
    const body = { type: 'attemptEnd', verdict: 'pass', reason: 'completed', message: '', streams };
    const events = [begin, { seq: 2, atUs: 1, body }] as AttemptEvent[];
    for (const name of names) {
      const refused = { ok: false, code: 'console_incomplete' };
      expect(await agent.events(o, events)).toMatchObject(refused);
      granted(await agent.console(o, 0, bytes(name), { stream: name }));
    }
    expect(await agent.events(o, events)).toEqual({ ok: true, ackedSeq: 2 });
    expect(await farm.store.runs.get(runId)).toMatchObject({ state: 'finished', verdict: 'pass' });
  });

  it('has a damaged console log sent again from the start', async () => {
    const { agent, order: o } = await order();
    const log = smallLog();
    const damaged = Uint8Array.from(log, (byte, i) => (i === 17 ? byte ^ 1 : byte));
    granted(await agent.console(o, 0, damaged));
    const events = attemptEvents(o, log);
    expect(await agent.events(o, events)).toMatchObject({ ok: false, code: 'console_incomplete' });
    expect(await agent.console(o, log.byteLength, new Uint8Array())).toEqual({
      ok: true,
      ackedConsoleBytes: 0,
    });
    granted(await agent.console(o, 0, log));
    expect(await agent.events(o, events)).toEqual({ ok: true, ackedSeq: 2 });
  });

  it('writes console that was sent before the end without waiting for its reply', async () => {
    const { agent, order: o } = await order();
    const log = smallLog();
    const chunks = [...log].map((_, i) => agent.console(o, i, log.subarray(i, i + 1)));
    const end = agent.events(o, attemptEvents(o, log));
    await Promise.all(chunks);
    expect(await end).toEqual({ ok: true, ackedSeq: 2 });
  });

  it('takes no event after the one that ends the attempt', async () => {
    const { agent, order: o } = await order();
    const end = { seq: 1, atUs: 0, body: endEvent(smallLog()) };
    const after = { seq: 2, atUs: 0, body: { type: 'note', text: 'late' } } as const;
    expect(await agent.events(o, [end, after])).toMatchObject({
      ok: false,
      code: 'invalid_request',
    });
  });

  it('answers the end once more when the agent has not heard the answer', async () => {
    const { agent, order: o } = await order();
    await agent.complete(o);
    expect(await agent.events(o, attemptEvents(o, smallLog()))).toEqual({ ok: true, ackedSeq: 2 });
  });
});

describe('a connection that comes back', () => {
  it('keeps an attempt that both hold, and says from where to go on', async () => {
    const first = farm.agent('rack-1');
    await first.join();
    const [run] = await farm.submit([need({ board: 'B1' })]);
    const order = await first.order();
    const [begin] = attemptEvents(order, smallLog());
    if (!begin) throw new Error('no event');
    granted(await first.events(order, [begin]));
    granted(await first.console(order, 0, smallLog().subarray(0, 9)));
    first.disconnect();
    const second = farm.agent('rack-1');
    const { attempts } = await second.join([held(order, { lastSeq: 1, consoleBytes: 20 })]);
    const { attemptId } = order;
    expect(attempts).toEqual([
      {
        ...{ order: 'keep', attemptId, ackedSeq: 1 },
        ...{ ackedConsoleBytes: 9, ackedBytes: { console: 9 } },
      },
    ]);
    await second.complete(order);
    expect(await farm.store.runs.get(run?.id ?? '')).toMatchObject({
      verdict: 'pass',
      attempts: 1,
    });
  });

  it('gets work again when its attempts ended before it had looked at its boards', async () => {
    const first = farm.agent('rack-1');
    await first.join();
    const runs = await farm.submit([need({ board: 'B1' }), need({ board: 'B1' })]);
    const order = await first.order();
    first.disconnect();
    await farm.until('offline', () => farm.boards.get('B1')?.availability === 'offline');
    const second = farm.agent('rack-1');
    second.behaviour = 'pass';
    await second.connect();
    granted(await second.hello([held(order)]));
    await second.complete(order, 'infra');
    granted(await second.report(['B1']));
    for (const run of runs) expect((await farm.seen(run.id, 'finished')).verdict).toBe('pass');
  });

  it('is told to start what it never got, and to drop what is over', async () => {
    const first = farm.agent('rack-1');
    await first.join();
    await farm.submit([need({ board: 'B1' })]);
    const order = await first.order();
    first.disconnect();
    const second = farm.agent('rack-1');
    const over = held(order, { attemptId: `att_${'0'.repeat(23)}` });
    const { attempts } = await second.join([over]);
    expect(attempts.map(({ order: o }) => o)).toEqual(['drop', 'start']);
    expect(second.assigned).toEqual([]);
    await second.complete(order);
  });

  it('tries a run again that the agent has lost from its journal', async () => {
    const first = farm.agent('rack-1');
    await first.join();
    const [run] = await farm.submit([need({ board: 'B1' })]);
    const order = await first.order();
    const [begin] = attemptEvents(order, smallLog());
    if (!begin) throw new Error('no event');
    granted(await first.events(order, [begin]));
    first.disconnect();
    const second = farm.agent('rack-1');
    second.behaviour = 'pass';
    await second.join();
    expect(await farm.seen(run?.id ?? '', 'finished')).toMatchObject({
      verdict: 'pass',
      attempts: 2,
    });
  });
});

describe('orders that go wrong', () => {
  it('tries the run elsewhere when an agent refuses it, and does not use that board', async () => {
    const [bad, good] = [farm.agent('rack-1'), farm.agent('rack-2')];
    bad.behaviour = 'refuse';
    await bad.join();
    const [run] = await farm.submit([need()]);
    await farm.until('offline', () => farm.boards.get('B1')?.cause.includes('refused') === true);
    await farm.seen(run?.id ?? '', 'queued');
    good.behaviour = 'pass';
    await good.join();
    const view = await farm.seen(run?.id ?? '', 'finished');
    expect(view).toMatchObject({ verdict: 'pass', attempts: 2, boardSerial: 'B2' });
    expect((await farm.store.boards.get('B1'))?.cause).toContain('no emulator');
    expect(bad.assigned).toHaveLength(1);
  });

  it('uses the board again when its agent has looked at it', async () => {
    const agent = farm.agent('rack-1');
    agent.behaviour = 'refuse';
    await agent.join();
    const [run] = await farm.submit([need()]);
    await farm.until('offline', () => farm.boards.get('B1')?.cause.includes('refused') === true);
    await farm.seen(run?.id ?? '', 'queued');
    agent.behaviour = 'pass';
    granted(await agent.report(['B1']));
    expect(await farm.seen(run?.id ?? '', 'finished')).toMatchObject({ verdict: 'pass' });
  });

  it('knows at once that an order is lost whose agent goes', async () => {
    const agent = farm.agent('rack-1');
    agent.behaviour = 'silent';
    await agent.join();
    const away = farm.until('offline', () => farm.boards.get('B1')?.availability === 'offline');
    await farm.submit([need({ board: 'B1' })]);
    const order = await agent.order();
    const lost = farm.stages.parts.gateway.assign('rack-1', order);
    await agent.orders(2);
    agent.disconnect();
    const first = await Promise.race([lost, away.then(() => 'the board is offline')]);
    expect(first).toEqual({ kind: 'lost' });
  });

  it('tells the agent when a run is cancelled', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    const [run] = await farm.submit([need({ board: 'B1' })]);
    const order = await agent.order();
    const outcome = await farm.store.runs.cancel(run?.id ?? '', farm.clock.now());
    if (!outcome) throw new Error('no such run');
    farm.stages.on.runsCancelled(outcome);
    await agent.until('cancel', () => agent.cancelled.includes(order.attemptId));
    await agent.complete(order, 'cancelled');
    expect(await farm.store.runs.get(run?.id ?? '')).toMatchObject({ verdict: 'cancelled' });
  });
});
