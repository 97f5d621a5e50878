import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type DutyHandler, DutyWorker } from '../../src/duties/duty-worker.js';
import { openStore } from '../../src/farm-store.js';
import type { DutyStore, Store } from '../../src/store/ports.js';
import { ManualClock } from '../support/manual-clock.js';
import { boardSpec, prepareFarm, submit } from '../support/store-fixtures.js';

const QUEUE_TIMEOUT_MS = 1_000;

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

describe('a duty worker', () => {
  const clock = new ManualClock();
  let dir = '';
  let store: Store;
  let worker: DutyWorker | undefined;
  let onEnd: () => void = () => undefined;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-duty-'));
    store = await openStore({ stateDir: dir });
    await prepareFarm(store, []);
  });

  afterEach(async () => {
    await worker?.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The real store, which tells when an end is written. */
  function watched(duties: DutyStore): DutyStore {
    return {
      claim: (claim) => duties.claim(claim),
      nextDueMs: () => duties.nextDueMs(),
      list: (only, page) => duties.list(only, page),
      retry: (id, nowMs) => duties.retry(id, nowMs),
      disown: () => duties.disown(),
      backlog: (nowMs) => duties.backlog(nowMs),
      onWritten: (listener) => duties.onWritten(listener),
      end: async (...ended) => {
        await duties.end(...ended);
        onEnd();
      },
    };
  }

  function start(handler: Partial<DutyHandler> & Pick<DutyHandler, 'run'>): void {
    const one = { limitMs: 60_000, maxTries: 3, ...handler };
    const kept = { endUpload: one, retain: one, removeLogs: one, removeImage: one };
    const ours = { expireQueued: one, examineBoard: one, runSchedule: one };
    const analysis = { analyseAttempt: one, measureImages: one, pursueChange: one };
    const github = {
      ...{
        githubEvent: one,
        githubCheck: one,
        githubArtifact: one,
        githubCatchUp: one,
        githubReconcile: one,
      },
    };
    const notices = { gatherNotices: one, sendNotices: one };
    const handlers = { ...ours, ...analysis, ...github, ...kept, ...notices };
    const log = pino({ level: 'silent' });
    const duties = watched(store.duties);
    worker = new DutyWorker({ duties, handlers, owner: 'c1', clock, log });
    worker.look();
  }

  const ends = (count: number) =>
    new Promise<void>((resolve) => {
      onEnd = () => {
        count -= 1;
        if (count === 0) resolve();
      };
    });
  const write = () =>
    submit(store, { runs: 1, createdMs: clock.now(), queueTimeoutMs: QUEUE_TIMEOUT_MS });
  const all = async () => (await store.duties.list('all', { limit: 100 })).items;

  it('works a duty when it is due, and not before', async () => {
    await write();
    const ended = ends(1);
    const subjects: string[] = [];
    start({ run: async (subject) => void subjects.push(subject) });
    await clock.armedWithin(QUEUE_TIMEOUT_MS);
    expect(clock.nextMs).toBe(clock.now() + QUEUE_TIMEOUT_MS);
    expect(subjects).toEqual([]);
    clock.advance(QUEUE_TIMEOUT_MS);
    await ended;
    expect(subjects).toEqual([expect.stringMatching(/^sub_/)]);
    expect(await all()).toEqual([]);
  });

  it('looks when a duty is written, and from time to time at what others have written', async () => {
    const subjects: string[] = [];
    start({ run: async (subject) => void subjects.push(subject) });
    await clock.armedWithin(60_000);
    const [ended, suspect] = [
      ends(1),
      { health: 'suspect', cause: 'faults', actor: 'ana' } as const,
    ];
    await store.boards.sync('agent-1', [boardSpec('b1'), boardSpec('b2')], clock.now());
    await store.health.set('b1', suspect, clock.now());
    await ended;
    expect(subjects).toEqual(['b1']);
    // The writer died before it could look.
    const [later, other] = [ends(1), await openStore({ stateDir: dir })];
    await other.health.set('b2', suspect, clock.now());
    await other.close();
    clock.advance(60_000);
    await later;
    expect(subjects).toEqual(['b1', 'b2']);
  });

  it('comes back at the time that the handler names', async () => {
    await write();
    const ended = ends(2);
    let runs = 0;
    start({ run: async () => (runs++ === 0 ? clock.now() + 5_000 : undefined) });
    await clock.armedWithin(QUEUE_TIMEOUT_MS);
    clock.advance(QUEUE_TIMEOUT_MS);
    await clock.armedWithin(5_000);
    clock.advance(5_000);
    await ended;
    expect(runs).toBe(2);
  });

  it('tries again later and later, and leaves it to an operator in the end', async () => {
    await write();
    clock.leap(QUEUE_TIMEOUT_MS);
    const ended = ends(3);
    const pausesMs: number[] = [];
    start({ run: () => Promise.reject(new Error('GitHub is away')) });
    for (let i = 0; i < 2; i++) {
      await clock.armedWithin(10_000);
      pausesMs.push((clock.nextMs ?? 0) - clock.now());
      clock.advance(pausesMs.at(-1) ?? 0);
    }
    await ended;
    expect(await all()).toMatchObject([{ dead: true, tries: 3, lastError: 'GitHub is away' }]);
    expect(pausesMs[1]).toBeGreaterThan(pausesMs[0] ?? 0);
  });

  it('does not let a duty that hangs keep others waiting', async () => {
    for (let i = 0; i < 3; i++) await write();
    clock.leap(QUEUE_TIMEOUT_MS);
    const ended = ends(2);
    let runs = 0;
    start({
      run: (_, signal) => (++runs === 1 ? untilAborted(signal) : Promise.resolve(undefined)),
    });
    await ended;
    await worker?.close();
    // Called off by the stop, not failed: due at once for whoever comes next.
    expect(await all()).toMatchObject([{ tries: 0, owner: null, dueMs: clock.now() }]);
  });
});
