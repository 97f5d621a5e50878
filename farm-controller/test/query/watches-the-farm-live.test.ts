import { once } from 'node:events';
import type { BoardView } from '@greenrack/farm-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { endLeases } from '../../src/lease/end-leases.js';
import { consoleLog, startRun } from '../web/support/attempts.js';
import { bin } from '../web/support/images.js';
import { imagePart, M3, specOf, specPart, submitted } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';
import { Watcher } from './live-client-support.js';

const ZEROS = '0'.repeat(23);
let farm: TestFarm;
let watcher: Watcher;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());
beforeEach(async () => {
  watcher = await Watcher.open(farm);
});
afterEach(() => watcher.close());

const submitOne = () =>
  submitted(farm, [specPart(specOf([{ image: 'a.bin', target: M3 }])), imagePart('a.bin', bin())]);

describe('the handshake', () => {
  it.each([[undefined], ['wrong'], [{ a: 1 }], ['x'.repeat(10_000)]])(
    'refuses the token %j',
    async (token) => {
      const stranger = new Watcher(farm, token);
      expect(await stranger.refusal()).toBe('unauthorized');
      stranger.close();
    },
  );

  it('refuses agents: their link is elsewhere', async () => {
    const agent = new Watcher(farm, farm.secrets.agent);
    expect(await agent.refusal()).toBe('forbidden');
    agent.close();
  });

  it('lets anonymous watchers in where the farm is open', async () => {
    const open = await startFarm({ anonymous: true });
    const stranger = new Watcher(open, undefined);
    await once(stranger.socket as never, 'connect');
    expect(await stranger.subscribe({ topic: 'farm' })).toEqual({ ok: true });
    stranger.close();
    await open.close();
  });
});

describe('news that were lost on the way from another controller', () => {
  it('have every watcher come back, to read what it shows anew', async () => {
    const gone = once(watcher.socket as never, 'disconnect');
    farm.news.publish({ missed: true });
    // With a reason after which a client tries again by itself.
    expect(await gone).toEqual(expect.arrayContaining(['transport close']));
    const again = await Watcher.open(farm);
    expect(await again.subscribe({ topic: 'farm' })).toEqual({ ok: true });
    again.close();
  });
});

describe('topics', () => {
  it('farm: every submission and board, no runs', async () => {
    expect(await watcher.subscribe({ topic: 'farm' })).toEqual({ ok: true });
    const run = await startRun(farm);
    await watcher.until((heard) => heard.board.some((board) => board.availability === 'leased'));
    await run.end('pass');
    await watcher.until((heard) => heard.submission.some((s) => s.state === 'finished'));
    expect(watcher.heard.run).toEqual([]);
    expect(watcher.heard.attemptEvents).toEqual([]);
  });

  it('submission: it and its runs only', async () => {
    const { submission, runs } = await submitOne();
    await watcher.subscribe({ topic: 'submission', id: submission.id });
    await submitOne();
    await farm.store.submissions.cancel(submission.id, Date.now()).then((outcome) => {
      if (outcome) farm.news.publish({ change: outcome.change });
    });
    await watcher.until((heard) => heard.run.length > 0 && heard.submission.length > 0);
    expect(watcher.heard.run.map((view) => [view.id, view.verdict])).toEqual([
      [runs[0]?.id, 'cancelled'],
    ]);
    expect(watcher.heard.submission.map((view) => view.id)).toEqual([submission.id]);
  });

  it('run: it and its numbered events, in order', async () => {
    const run = await startRun(farm);
    await watcher.subscribe({ topic: 'run', id: run.runId });
    for (let i = 0; i < 20; i++) await run.tell({ type: 'note', text: `${i}` });
    await run.end('pass');
    await watcher.until((heard) => heard.run.some((view) => view.state === 'finished'));
    await watcher.until((heard) => heard.attemptEvents.at(-1)?.events.at(-1)?.seq === 21);
    const seqs = watcher.heard.attemptEvents.flatMap((m) => m.events.map((event) => event.seq));
    expect(seqs).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  });

  it('are silent once they are left', async () => {
    const run = await startRun(farm);
    const topic = { topic: 'run', id: run.runId } as const;
    await watcher.subscribe(topic);
    expect(await watcher.unsubscribe(topic)).toEqual({ ok: true });
    await watcher.subscribe({ topic: 'farm' });
    await run.end('pass');
    await watcher.until((heard) => heard.submission.some((s) => s.state === 'finished'));
    expect(watcher.heard.run).toEqual([]);
  });

  it('tell which changes in series have gone on, each once', async () => {
    const [one, two] = [`chg_${ZEROS}`, `chg_${'1'.repeat(23)}`];
    farm.news.publish({ changeIds: [one] });
    expect(await watcher.subscribe({ topic: 'changes' })).toEqual({ ok: true });
    farm.news.publish({ changeIds: [two] });
    farm.news.publish({ changeIds: [two] });
    const told = () => watcher.heard.changes.flatMap(({ ids }) => ids);
    await watcher.until(() => told().includes(two));
    expect(told()).toEqual([two]);
  });

  it.each([
    [{ topic: 'everything' }],
    [{ topic: 'run' }],
    [{ topic: 'run', id: 'run_1' }],
    [{ topic: 'console', id: `att_${ZEROS}`, offset: -1 }],
    [{ topic: 'farm', more: 1 }],
    ['farm'],
    [null],
  ])('are refused when they are %j', async (topic) => {
    const reply = await watcher.subscribe(topic as never);
    expect(reply).toMatchObject({ ok: false, code: 'invalid_request' });
  });

  it('are bounded in number', async () => {
    const id = (i: number) => `run_${String(i).padStart(23, '0')}`;
    for (let i = 0; i < 200; i++)
      expect(await watcher.subscribe({ topic: 'run', id: id(i) })).toEqual({ ok: true });
    const one = await watcher.subscribe({ topic: 'farm' });
    expect(one).toMatchObject({ ok: false, code: 'too_many_requests' });
  });

  it('do not need an acknowledgement to be asked for', async () => {
    (watcher.socket as { emit(...args: unknown[]): void }).emit('subscribe', { topic: 'farm' });
    (watcher.socket as { emit(...args: unknown[]): void }).emit('subscribe');
    expect(await watcher.subscribe({ topic: 'farm' })).toEqual({ ok: true });
  });
});

describe('under load', () => {
  it('a watcher hears the last view of each board, not every one', async () => {
    await watcher.subscribe({ topic: 'farm' });
    const [template] = await farm.store.boards.list();
    const view = (i: number, round: number): BoardView => ({
      ...(template as BoardView),
      serial: `board-${i}`,
      cause: `round ${round}`,
    });
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const boards = Array.from({ length: 500 }, (_, i) => view(i, round));
      farm.news.publish({ change: { boards, runs: [], submissions: [] } });
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const last = `round ${rounds - 1}`;
    await watcher.until(
      (heard) => heard.board.filter((board) => board.cause === last).length === 500,
    );
    expect(watcher.heard.board.length).toBeLessThan((500 * rounds) / 10);
  });

  it('a view that arrives late does not replace a newer one', async () => {
    const { submission, runs } = await submitOne();
    await watcher.subscribe({ topic: 'submission', id: submission.id });
    const [run] = runs;
    if (!run) throw new Error('no run');
    const tell = (revision: number) =>
      farm.news.publish({
        change: {
          boards: [],
          submissions: [],
          runs: [{ ...run, revision, message: `${revision}` }],
        },
      });
    tell(7);
    tell(9);
    tell(8);
    await watcher.until((heard) => heard.run.length > 0);
    expect(watcher.heard.run.map((view) => view.revision)).toEqual([9]);
  });
});

describe('a live console', () => {
  it('gives what is stored, then what is added, without a gap, until it is over', async () => {
    const run = await startRun(farm);
    const pieces = [consoleLog(1, { text: 'a'.repeat(600_000) }), Buffer.from('more')];
    await run.print(pieces[0] as Buffer);
    await watcher.subscribe({ topic: 'console', id: run.attemptId, offset: 0 });
    for (let i = 0; i < 50; i++) await run.print(Buffer.from(`line ${i}\n`));
    await run.end('pass');
    await watcher.until((heard) => heard.console.at(-1)?.done === true);
    const expected: Buffer[] = [];
    for await (const piece of farm.spool.read({ attemptId: run.attemptId, name: 'console' }, 0))
      expected.push(Buffer.from(piece));
    expect(watcher.consoleFrom(0).equals(Buffer.concat(expected))).toBe(true);
    expect(watcher.heard.console.every((m) => m.data.byteLength <= 256 * 1024)).toBe(true);
    expect(watcher.heard.console.filter((m) => m.done)).toHaveLength(1);
  });

  it('goes on at the offset of a watcher that was away', async () => {
    const run = await startRun(farm);
    await run.print(Buffer.from('0123456789'));
    await run.end('pass');
    await watcher.subscribe({ topic: 'console', id: run.attemptId, offset: 6 });
    await watcher.until((heard) => heard.console.at(-1)?.done === true);
    expect(watcher.consoleFrom(6).toString()).toBe('6789');
  });

  it('starts anew when it is asked for again', async () => {
    const run = await startRun(farm);
    await run.print(Buffer.from('0123456789'));
    await watcher.subscribe({ topic: 'console', id: run.attemptId, offset: 0 });
    await watcher.until((heard) => heard.console.length === 1);
    watcher.heard.console.length = 0;
    await watcher.subscribe({ topic: 'console', id: run.attemptId, offset: 5 });
    await run.end('pass');
    await watcher.until((heard) => heard.console.at(-1)?.done === true);
    expect(watcher.consoleFrom(5).toString()).toBe('56789');
  });

  it('is silent once it is left', async () => {
    const run = await startRun(farm);
    const topic = { topic: 'console', id: run.attemptId, offset: 0 } as const;
    await watcher.subscribe(topic);
    await watcher.unsubscribe(topic);
    await watcher.subscribe({ topic: 'farm' });
    await run.print(Buffer.from('late'));
    await run.end('pass');
    await watcher.until((heard) => heard.submission.some((s) => s.state === 'finished'));
    expect(watcher.heard.console).toEqual([]);
  });

  it('does not pile up for a watcher that does not read', async () => {
    const run = await startRun(farm);
    const total = 100 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 'x');
    for (let at = 0; at < total; at += block.length)
      await farm.spool.append({ attemptId: run.attemptId, name: 'console' }, at, block);
    const [server] = [...farm.http.io.of('/live').sockets.values()];
    const raw = (watcher.socket.io.engine.transport as unknown as { ws: { _socket: Pausable } }).ws;
    raw._socket.pause();
    watcher.socket.emit('subscribe', { topic: 'console', id: run.attemptId, offset: 0 }, () => {});
    // Another watcher gets the whole meanwhile: the slow one holds up nobody but itself.
    const other = await Watcher.open(farm);
    await other.subscribe({ topic: 'console', id: run.attemptId, offset: 0 });
    await other.until((heard) => (heard.console.at(-1)?.offset ?? 0) > total - 512 * 1024);
    other.close();
    const wire = server?.conn.transport as unknown as { socket: { bufferedAmount: number } };
    const queue = server?.conn as unknown as { writeBuffer: { data: unknown }[] };
    expect(wire.socket.bufferedAmount).toBeGreaterThan(0);
    expect(wire.socket.bufferedAmount).toBeLessThan(1024 * 1024);
    expect(queue.writeBuffer.length).toBeLessThan(4);
    raw._socket.resume();
    await run.end('pass');
    await watcher.until((heard) => heard.console.at(-1)?.done === true);
    expect(watcher.consoleFrom(0).length).toBe(total);
  });

  it('of an attempt that ended without the news is over all the same', async () => {
    const run = await startRun(farm);
    await run.print(Buffer.from('x'));
    await farm.store.attempts.abandon(
      run.attemptId,
      { reason: 'agentLost', message: 'gone' },
      Date.now(),
      {
        run: () => ({ kind: 'finish', verdict: 'infra' }),
        board: () => ({ faults: [] }),
        endLeases,
      },
    );
    await watcher.subscribe({ topic: 'console', id: run.attemptId, offset: 0 });
    await watcher.until((heard) => heard.console.at(-1)?.done === true);
    expect(watcher.consoleFrom(0).toString()).toBe('x');
  });
});

describe('when the server closes', () => {
  it('watchers are told, and nothing is left', async () => {
    const other = await startFarm();
    const guest = await Watcher.open(other);
    await guest.subscribe({ topic: 'farm' });
    const gone = once(guest.socket as never, 'disconnect');
    await other.close();
    await gone;
  });
});

interface Pausable {
  pause(): void;
  resume(): void;
}
