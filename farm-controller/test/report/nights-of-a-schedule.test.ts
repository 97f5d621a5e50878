import { type EventBody, newId, nightlyReportSchema } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { nightlyOver } from '../../src/farm-nightly.js';
import { ScheduleStore } from '../../src/plan/schedule-store.js';
import { makeNightly } from '../../src/report/nightly-maker.js';
import {
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

const HOUR_MS = 3_600_000;
const BRANCH = { repository: 'x.org/fw', ref: 'refs/heads/main' };
type Cases = Readonly<Record<string, 'pass' | 'fail'>>;

function nights(database: TestDatabase): void {
  let nowMs = NOW;
  async function begun() {
    const { store } = database;
    nowMs = NOW;
    await prepareFarm(store, ['b1', 'b2']);
    const schedules = new ScheduleStore(store.database);
    const row = {
      ...{ id: newId('sch', NOW), tenant: 'default', name: 'nightly', cron: '0 2 * * *' },
      ...{ ...BRANCH, time_zone: 'UTC', spec_json: '{}', paused: 0, deleted: 0, next_ms: null },
      ...{ last_submission_id: null, created_by: 'ada', created_ms: NOW },
    };
    await schedules.transact((tx) => schedules.insert(tx, row));
    const write = (event: object) =>
      schedules.transact((tx) =>
        schedules.write(tx, row.id, { kind: 'skipped', actor: 'schedule', atMs: nowMs, ...event }),
      );
    /** A submission of that schedule; `infra` is a board that was away. */
    async function night(cases: Cases | 'infra', by: 'schedule' | 'somebody' = 'schedule') {
      nowMs += HOUR_MS;
      const origin = { ...BRANCH, sha: String(nowMs).padStart(40, '0') };
      const plan = newSubmission({ runs: 1, createdMs: nowMs, origin });
      const { submission, runs } = await store.submissions.create(plan);
      if (by === 'schedule') await write({ kind: 'submitted', submissionId: submission.id });
      nowMs += 1;
      const order = await granted(store, runs[0]?.id ?? '', 'b1', nowMs);
      const bodies: EventBody[] =
        cases === 'infra'
          ? [ending('infra', 'consoleLost')]
          : [
              ...Object.entries(cases).map(([name, is]) => caseEnd(name, is, `${name} is ${is}`)),
              ending(Object.values(cases).includes('fail') ? 'fail' : 'pass'),
            ];
      await store.attempts.append([batch(order, 1, bodies)], nowMs, policy);
      return submission.id;
    }
    return { night, skipped: (reason: string) => write({ reason }) };
  }
  async function report(submissionId: string, against?: string) {
    const wish = { submissionId, against, tenant: 'default', signal: AbortSignal.timeout(30_000) };
    return nightlyReportSchema.parse(await makeNightly(nightlyOver(database.store), wish));
  }

  it('are compared with the one before, and failures have an age', async () => {
    const { night } = await begun();
    const first = await night({ a: 'pass', b: 'pass' });
    const second = await night({ a: 'pass', b: 'fail' });
    // Neither of the schedule nor of this tenant's night: it stands aside.
    await night({ a: 'fail', b: 'pass' }, 'somebody');
    const third = await night({ a: 'fail', b: 'fail' });
    const found = await report(third);
    expect(found.schedule).toMatchObject({ name: 'nightly' });
    expect(found.before?.id).toBe(second);
    expect(found.newFailures.items).toMatchObject([
      { case: 'a', message: 'main.cpp:12: a is fail' },
    ]);
    expect(found.stillFailing.items[0]?.testId).toMatch(/^tst_/);
    // A later night does not change what was so then.
    await night({ a: 'pass', b: 'pass' });
    expect((await report(second)).newFailures.items).toMatchObject([
      { case: 'b', age: { builds: 1, firstBad: { submissionId: second } } },
    ]);
    expect((await report(second)).newFailures.items[0]?.age?.lastGood?.submissionId).toBe(first);
    expect((await report(third, first)).newFailures.total).toBe(2);
  });

  it('look further back for what had no board the night before', async () => {
    const { night, skipped } = await begun();
    const first = await night({ a: 'pass', b: 'fail', c: 'pass' });
    await night('infra');
    await skipped('no images');
    const found = await report(await night({ a: 'fail', b: 'fail' }));
    expect(found.newFailures.items).toMatchObject([{ case: 'a' }]);
    expect(found.stillFailing.items).toMatchObject([{ case: 'b' }]);
    expect(found.missing.items).toMatchObject([{ case: 'c', submissionId: first }]);
    expect(found.skipped.items).toMatchObject([{ reason: 'no images' }]);
  });

  it('say nothing sure when nothing was submitted since', async () => {
    const { night, skipped } = await begun();
    await night({ a: 'pass' });
    const last = await night({ a: 'pass' });
    expect((await report(last)).conclusion).toBe('good');
    nowMs += HOUR_MS;
    await skipped('no images');
    expect((await report(last)).conclusion).toBe('unknown');
  });

  it('name the boards that need hands, of the targets that ran', async () => {
    const { night } = await begun();
    const id = await night({ a: 'pass' });
    const to = { health: 'maintenance' as const, cause: 'its cable is loose', actor: 'ada' };
    await database.store.health.set('b2', to, NOW + 1);
    expect((await report(id)).boards.items).toMatchObject([{ serial: 'b2' }]);
  });

  it('are of one name and branch where no schedule made them', async () => {
    const { night } = await begun();
    const first = await night({ a: 'pass' }, 'somebody');
    const second = await night({ a: 'fail' }, 'somebody');
    expect((await report(second)).before?.id).toBe(first);
    expect((await report(first)).before).toBeNull();
  });
}

onBothDatabases({ 'nights of a schedule': nights });
