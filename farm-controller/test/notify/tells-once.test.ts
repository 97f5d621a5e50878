import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Notice, type NoticeTarget, newId } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type NotifyStage, notifyOver } from '../../src/farm-notify.js';
import { Deliverer } from '../../src/notify/deliver.js';
import { MAX_PER_HOUR, NoticeBox } from '../../src/notify/notice-box.js';
import { NoticeSender } from '../../src/notify/notice-sender.js';
import { SubscriptionStore } from '../../src/notify/subscription-store.js';
import { ScheduleStore } from '../../src/plan/schedule-store.js';
import { systemClock } from '../../src/timing/clock.js';
import {
  AGENT,
  batch,
  caseEnd,
  ending,
  granted,
  NOW,
  newSubmission,
  policy,
  prepareFarm,
} from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const KEY = 'k'.repeat(32);
const HOUR_MS = 3_600_000;

function notices(database: TestDatabase): void {
  let server: Server;
  let got: Notice[];
  let answer: () => Promise<number>;
  let target: NoticeTarget;
  let dir: string;
  let nowMs = NOW;
  const clock = { ...systemClock, now: () => nowMs };
  beforeEach(async () => {
    [got, answer, nowMs] = [[], async () => 200, NOW];
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      got.push(JSON.parse(Buffer.concat(chunks).toString()) as Notice);
      response.writeHead(await answer()).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    target = { kind: 'webhook', url };
    dir = await mkdtemp(join(tmpdir(), 'gr-notify-'));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await rm(dir, { recursive: true });
  });

  function stage() {
    const db = database.store.database;
    const subscriptions = new SubscriptionStore(db, KEY);
    const box = new NoticeBox(db);
    const deliverer = new Deliverer({ key: KEY, networks: ['127.0.0.1'] }, () => nowMs);
    const sender = new NoticeSender({ box, subscriptions, deliverer, clock });
    const add = async (filter = '', tenant = 'default') => {
      const request = { name: 'ours', kinds: ['newFailures' as const], filter, target };
      return (await subscriptions.add(request, { tenant, name: 'ada', nowMs })).id;
    };
    const tell = (event: string, ref = 'refs/heads/main') =>
      box.tell(
        {
          ...{ event, tenant: 'default', kinds: ['newFailures'] },
          body: { title: event, text: '', facts: { kind: 'newFailures', ref } },
        },
        nowMs,
      );
    /** Until nothing is left to do now. Answers when there is more. */
    const sendAll = async (id: string): Promise<number | undefined> => {
      for (;;) {
        const nextMs = await sender.send(id, AbortSignal.timeout(30_000));
        if (nextMs === undefined || nextMs > nowMs) return nextMs;
      }
    };
    return { subscriptions, sender, add, tell, sendAll };
  }
  const titles = () => got.map(({ title }) => title);

  it('go once to each subscriber of the tenant whose filter they pass', async () => {
    const { add, tell, sendAll } = stage();
    const [all, main, others] = [await add(), await add('ref:main'), await add('', 'other')];
    await tell('one');
    await tell('one');
    await tell('two', 'refs/heads/topic');
    for (const id of [all, main, others]) await sendAll(id);
    expect(titles()).toEqual(['one', 'two', 'one']);
    const due = await database.query<{ subject: string }>(
      "select subject from duties where kind = 'sendNotices' order by subject",
    );
    expect(due.map(({ subject }) => subject)).toEqual([all, main]);
  });

  it('come again under the same id when the controller died before it knew that they were taken', async () => {
    const { add, tell, sendAll, sender } = stage();
    const id = await add();
    await tell('one');
    const dying = new AbortController();
    answer = async () => {
      dying.abort(new Error('the controller died'));
      return 200;
    };
    await expect(sender.send(id, dying.signal)).rejects.toThrow();
    await tell('two');
    answer = async () => 200;
    await sendAll(id);
    await sendAll(id);
    expect(titles()).toEqual(['one', 'one', 'two']);
    expect(new Set(got.map((one) => one.id)).size).toBe(2);
  });

  it('are tried again while their target is away, and given up when it refuses them', async () => {
    const { add, tell, sendAll, subscriptions } = stage();
    const id = await add();
    await tell('one');
    await tell('two');
    answer = async () => 503;
    await expect(sendAll(id)).rejects.toThrow('503');
    answer = async () => (got.at(-1)?.title === 'one' ? 400 : 200);
    await sendAll(id);
    expect(titles()).toEqual(['one', 'one', 'two']);
    expect(await subscriptions.list('default')).toMatchObject([
      { waiting: 0, refused: 1, lastError: expect.stringContaining('400'), lastSentMs: NOW },
    ]);
  });

  it('are so many in an hour at most: the last stands for the rest', async () => {
    const { add, tell, sendAll } = stage();
    const id = await add();
    for (let n = 1; n <= MAX_PER_HOUR + 5; n++) await tell(`event ${n}`);
    await sendAll(id);
    expect(got).toHaveLength(MAX_PER_HOUR);
    expect(got.at(-1)).toMatchObject({
      ...{ title: 'event 20 and 5 more', facts: { kind: 'digest' } },
      text: expect.stringContaining('event 25'),
    });
    await tell('later');
    expect(await sendAll(id)).toBe(NOW + HOUR_MS);
    nowMs += HOUR_MS + 1;
    await sendAll(id);
    expect(titles().at(-1)).toBe('later');
  });

  it('are forgotten with their subscription, and tests of it are counted', async () => {
    const { add, tell, sendAll, subscriptions, sender } = stage();
    const id = await add();
    const signal = AbortSignal.timeout(30_000);
    expect(await sender.test(id, signal)).toMatchObject({ delivered: true });
    answer = async () => 410;
    expect(await sender.test(id, signal)).toMatchObject({ delivered: false });
    for (let n = 3; n <= MAX_PER_HOUR; n++) await sender.test(id, signal);
    await expect(sender.test(id, signal)).rejects.toMatchObject({ code: 'too_many_requests' });
    await tell('one');
    await subscriptions.remove(id);
    expect(await sendAll(id)).toBeUndefined();
    expect(await database.query('select * from notices')).toEqual([]);
  });

  let farm: NotifyStage;
  const told = async () => {
    const rows = await database.query<{ body_json: string }>('select * from notices order by id');
    return rows.map(({ body_json }) => JSON.parse(body_json) as Notice);
  };
  async function begun() {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const { subscriptions } = stage();
    const kinds = ['nightly' as const, 'newFailures' as const, 'board' as const];
    await subscriptions.add(
      { name: 'all', kinds, filter: '', target },
      { tenant: 'default', name: 'ada', nowMs },
    );
    const keyFile = join(dir, 'key');
    await writeFile(keyFile, KEY, { mode: 0o600 });
    farm = await notifyOver({ networks: [], keyFile }, { store, clock });
    return store;
  }
  const gather = async () => {
    const due = await database.query<{ subject: string }>(
      "select subject from duties where kind = 'gatherNotices' order by subject",
    );
    for (const { subject } of due)
      await farm.duties?.gather(subject, AbortSignal.timeout(30_000), 0);
    return due.map(({ subject }) => subject);
  };
  async function finished(verdict: 'pass' | 'fail', tenant = 'default') {
    const { store } = database;
    nowMs += HOUR_MS;
    const origin = { repository: 'x.org/fw', ref: 'refs/heads/main', sha: 'a'.repeat(40) };
    const plan = newSubmission({ runs: 1, createdMs: nowMs, origin, tenant });
    const { submission, runs } = await store.submissions.create(plan);
    const order = await granted(store, runs[0]?.id ?? '', 'b1', nowMs);
    const bodies = [caseEnd('a', verdict, 'it is 2'), ending(verdict)];
    await store.attempts.append([batch(order, 1, bodies)], nowMs, policy);
    return submission.id;
  }

  it('tell of a submission that fails anew, and of every night of a schedule', async () => {
    const store = await begun();
    const good = await finished('pass');
    await finished('fail', 'other');
    const bad = await finished('fail');
    expect(await gather()).toEqual([good, bad]);
    expect(await told()).toMatchObject([
      {
        title: 'nightly: 1 new failure',
        facts: { kind: 'newFailures', submissionId: bad, ref: 'refs/heads/main' },
        text: expect.stringContaining('test 0 / a on K64F (b1): fail: main.cpp:12: it is 2'),
      },
    ]);
    const schedules = new ScheduleStore(store.database);
    const row = {
      ...{ id: newId('sch', NOW), tenant: 'default', name: 'every night', cron: '0 2 * * *' },
      ...{ repository: 'x.org/fw', ref: 'refs/heads/main', time_zone: 'UTC', spec_json: '{}' },
      ...{ paused: 0, deleted: 0, next_ms: null, last_submission_id: null, created_by: 'ada' },
      created_ms: NOW,
    };
    const night = await finished('pass');
    await schedules.transact(async (tx) => {
      await schedules.insert(tx, row);
      const event = { kind: 'submitted' as const, actor: 'schedule', atMs: nowMs };
      await schedules.write(tx, row.id, { ...event, submissionId: night });
    });
    await gather();
    expect((await told()).at(-1)).toMatchObject({
      facts: { kind: 'nightly', schedule: 'every night', conclusion: 'good' },
    });
  });

  it('tell of a board that needs hands once a day, and not when it has come back', async () => {
    const store = await begun();
    const away = { serial: 'b1', usable: false, detail: 'its port is gone' };
    await store.boards.report(AGENT, [away], nowMs);
    expect(await gather()).toEqual(['board b1']);
    await gather();
    expect(await told()).toMatchObject([
      { title: 'b1 (K64F) is offline', facts: { kind: 'board', boards: ['b1'] } },
    ]);
    nowMs += 24 * HOUR_MS;
    await store.boards.report(AGENT, [{ ...away, usable: true }], nowMs);
    await gather();
    expect(await told()).toHaveLength(1);
  });
}

onBothDatabases({ notices });
