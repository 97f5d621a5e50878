import { FarmError, type Origin, type ScheduleRequest } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { imagesInUse } from '../../src/plan/images-in-use.js';
import { ScheduleStore } from '../../src/plan/schedule-store.js';
import { type PlannedSubmission, Scheduler } from '../../src/plan/scheduler.js';
import type { Store } from '../../src/store/ports.js';
import { ManualClock } from '../support/manual-clock.js';
import { newSubmission, partners, prepareFarm, SHA } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const HOUR_MS = 3_600_000;
const repository = 'x.org/fw';
const ref = 'refs/heads/main';
const ORIGIN: Origin = { repository, ref, sha: 'c'.repeat(40), builtBy: 'ci' };
const ASKING = { actor: 'ana', tenant: 'default' };
const REQUEST: ScheduleRequest = {
  ...{ name: 'hourly', cron: '0 * * * *', timeZone: 'UTC', repository, ref },
  spec: {
    ...{ version: 1, name: 'the hourly', priority: 'low', images: [] },
    runs: [{ image: 'test.elf', target: 'K64F' }],
  },
};

function scheduling(database: TestDatabase): void {
  const clock = new ManualClock();
  let refusal: Error | undefined;
  const planned: PlannedSubmission[] = [];

  /** A controller's scheduler; what it submits is written as it is. */
  function over(store: Store) {
    const schedules = new ScheduleStore(store.database);
    const submit = async (what: PlannedSubmission) => {
      if (refusal) throw refusal;
      planned.push(what);
      await what.commit({
        ...newSubmission({ runs: 1, createdMs: what.nowMs, tenant: what.submitter.tenant }),
        ...(what.spec.origin && { origin: what.spec.origin }),
        ...(what.rerunOf !== undefined && { rerunOf: what.rerunOf }),
      });
    };
    const checkSpec = async () => undefined;
    return { schedules, scheduler: new Scheduler({ schedules, submit, checkSpec, clock }) };
  }

  async function built(more: { origin?: Origin; tenant?: string } = {}): Promise<string> {
    await prepareFarm(database.store, []);
    const plan = newSubmission({ runs: 1, createdMs: clock.now(), origin: ORIGIN, ...more });
    return (await database.store.submissions.create(plan)).submission.id;
  }

  async function begun(request: Partial<ScheduleRequest> = {}) {
    refusal = undefined;
    planned.length = 0;
    await prepareFarm(database.store, []);
    const { schedules, scheduler } = over(database.store);
    const id = await scheduler.create({ ...REQUEST, ...request }, ASKING);
    const history = async () => (await schedules.history(id, { limit: 100 })).items;
    const made = async () => (await history()).filter(({ kind }) => kind === 'submitted');
    return { id, schedules, scheduler, history, made };
  }

  const finish = (id: string) => database.store.submissions.cancel(id, clock.now());
  const dueMs = async () => (await database.store.duties.nextDueMs()).get('runSchedule');
  const nextHour = () => Math.floor(clock.now() / HOUR_MS + 1) * HOUR_MS;

  it('submits the newest images of the branch at its time, with their origin', async () => {
    await built();
    const { id, scheduler, made } = await begun();
    const newest = await built();
    await built({ origin: { ...ORIGIN, ref: 'refs/heads/other' } });
    await built({ tenant: 'stranger' });
    const first = nextHour();
    expect(await dueMs()).toBe(first);
    expect(await scheduler.due(id)).toBe(first);
    expect(planned).toEqual([]);
    clock.leap(first - clock.now());
    expect(await scheduler.due(id)).toBe(first + HOUR_MS);
    expect(planned).toMatchObject([
      { spec: { name: 'the hourly', origin: ORIGIN, images: [{ name: 'test.elf', sha256: SHA }] } },
    ]);
    expect(planned[0]).toMatchObject({ rerunOf: newest, submitter: { name: 'ana' } });
    const [event] = await made();
    expect(event).toMatchObject({ actor: 'schedule', plannedMs: first, missed: 0 });
    expect(event?.reason).toBe(`images of ${repository} ${ref} from ${newest}`);
    const submission = await database.store.submissions.get(event?.submissionId ?? '');
    expect(submission).toMatchObject({ origin: ORIGIN, rerunOf: newest, tenant: 'default' });
  });

  it('takes the images of all boards of a run from one build', async () => {
    await prepareFarm(database.store, []);
    const partner = (imageName: string) =>
      partners(1).map((one) => ({ ...one, role: 'client', imageName }));
    const ran = async (imageName: string) => {
      const plan = newSubmission({ runs: 1, createdMs: clock.now(), origin: ORIGIN });
      const runs = plan.runs.map((run) => ({
        ...run,
        spec: { ...run.spec, partners: partner(imageName) },
      }));
      return (await database.store.submissions.create({ ...plan, runs })).submission.id;
    };
    const whole = await ran('client.elf');
    await ran('other.elf');
    const { id, scheduler } = await begun({
      spec: {
        ...REQUEST.spec,
        runs: [
          {
            ...{ image: 'test.elf', target: 'K64F' },
            partners: [{ role: 'client', image: 'client.elf', target: 'K64F' }],
          },
        ],
      },
    });
    expect((await imagesInUse(database.store.database.queries)).submissions).toEqual(
      new Set([whole]),
    );
    clock.leap(nextHour() - clock.now());
    await scheduler.due(id);
    expect(planned[0]?.rerunOf).toBe(whole);
    expect(planned[0]?.spec.images).toEqual([
      { name: 'test.elf', sha256: SHA },
      { name: 'client.elf', sha256: SHA },
    ]);
  });

  it('submits once for a time, however many controllers try, and again after a crash', async () => {
    await built();
    const { id, scheduler, made } = await begun();
    const other = over(await database.secondStore()).scheduler;
    clock.leap(nextHour() - clock.now());
    const tries = [scheduler, other, scheduler, other].map((one) => one.due(id));
    const answers = await Promise.all(tries);
    expect(new Set(answers).size).toBe(1);
    expect(await made()).toHaveLength(1);
    // The duty was done and its end not written: whoever does it again finds that its time has not come.
    expect(await other.due(id)).toBe(answers[0]);
    expect(await made()).toHaveLength(1);
  });

  it('makes up once for the times that went by while the farm was down, and says how many', async () => {
    await built();
    const { id, scheduler, made } = await begun();
    const first = nextHour();
    clock.leap(first - clock.now() + 5 * HOUR_MS + 1);
    expect(await scheduler.due(id)).toBe(first + 6 * HOUR_MS);
    expect(await made()).toMatchObject([{ plannedMs: first, missed: 5 }]);
  });

  it('skips a time while the submission before has not finished, and says so', async () => {
    await built();
    const { id, scheduler, history, made } = await begun();
    for (let i = 0; i < 2; i++) {
      clock.leap(nextHour() - clock.now());
      await scheduler.due(id);
    }
    const [last] = await made();
    const [skipped] = await history();
    expect(skipped).toMatchObject({ kind: 'skipped', submissionId: null });
    expect(skipped?.reason).toBe(`${last?.submissionId} has not finished yet`);
    await finish(last?.submissionId ?? '');
    clock.leap(HOUR_MS);
    await scheduler.due(id);
    expect(await made()).toHaveLength(2);
  });

  it('skips a time when there are no images, or its submission is refused, and says why', async () => {
    const { id, scheduler, history } = await begun();
    await built({ tenant: 'stranger' });
    clock.leap(nextHour() - clock.now());
    await scheduler.due(id);
    expect((await history())[0]).toMatchObject({
      ...{ kind: 'skipped', actor: 'schedule' },
      reason: `no submission of ${repository} ${ref} by default has the images test.elf`,
    });
    await built();
    refusal = new FarmError('unknown_target', 'runs[0].target: no board has target K64F');
    clock.leap(HOUR_MS);
    await scheduler.due(id);
    expect((await history())[0]?.reason).toBe('refused: runs[0].target: no board has target K64F');
  });

  it('keeps a time that the farm could not use for a later try', async () => {
    await built();
    const { id, scheduler, made } = await begun();
    clock.leap(nextHour() - clock.now());
    refusal = new FarmError('unavailable', 'the database is away');
    await expect(scheduler.due(id)).rejects.toThrow('away');
    refusal = undefined;
    await scheduler.due(id);
    expect(await made()).toHaveLength(1);
  });

  it('does nothing while it is paused, and counts what went by when it goes on', async () => {
    await built();
    const { id, scheduler, schedules, history, made } = await begun();
    await scheduler.pause(id, 'bob');
    await scheduler.pause(id, 'bob');
    expect(await dueMs()).toBeUndefined();
    clock.leap(3 * HOUR_MS);
    expect(await scheduler.due(id)).toBeUndefined();
    await scheduler.resume(id, 'eve');
    expect(await made()).toEqual([]);
    expect(await history()).toMatchObject([
      { kind: 'resumed', actor: 'eve', missed: 3 },
      { kind: 'paused', actor: 'bob' },
      { kind: 'created', actor: 'ana' },
    ]);
    expect(await dueMs()).toBe(nextHour());
    expect((await schedules.list({ limit: 9 })).items).toMatchObject([{ paused: false }]);
  });

  it('submits at once when asked to, once for a key, and is gone when it is deleted', async () => {
    const { id, scheduler, schedules, made } = await begun();
    const once = { tenant: 'default', key: 'k', digest: 'd' };
    await expect(scheduler.runNow(id, { ...ASKING, once })).rejects.toThrow('nothing is submitted');
    await built();
    const [a, b] = [
      await scheduler.runNow(id, { ...ASKING, actor: 'bob', once }),
      await scheduler.runNow(id, { ...ASKING, actor: 'bob', once }),
    ];
    expect(a).toBe(b);
    expect(await made()).toMatchObject([{ actor: 'bob', submissionId: a, plannedMs: null }]);
    await scheduler.delete(id, 'bob');
    expect(await dueMs()).toBeUndefined();
    expect((await schedules.list({ limit: 9 })).items).toEqual([]);
    await expect(scheduler.runNow(id, ASKING)).rejects.toThrow('deleted');
    await expect(scheduler.resume(id, 'bob')).resolves.toBeUndefined();
    expect(await scheduler.due(id)).toBeUndefined();
    await scheduler.create(REQUEST, ASKING);
  });

  it('has a name of its own in its tenant, which has a bounded number of them', async () => {
    const { scheduler } = await begun();
    await expect(scheduler.create(REQUEST, ASKING)).rejects.toThrow("schedule 'hourly' already");
    await scheduler.create(REQUEST, { ...ASKING, tenant: 'other' });
    for (let i = 1; i < 100; i++) await scheduler.create({ ...REQUEST, name: `n${i}` }, ASKING);
    await expect(scheduler.create({ ...REQUEST, name: 'more' }, ASKING)).rejects.toThrow(
      'the most that a tenant may have',
    );
  });
}

onBothDatabases({ 'a schedule': scheduling });
