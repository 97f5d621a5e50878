import { gaussian, seededRandom } from '@greenrack/farm-model';
import { FarmError, type Metric } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { ChangeOrders } from '../../src/analyse/change-orders.js';
import { changeDetail, listChanges } from '../../src/analyse/change-views.js';
import {
  imageOf,
  MeasuredFarm,
  type Measures,
  NEVER,
  REF,
  shaOf,
} from '../support/measured-farm.js';
import { NOW, prepareFarm } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const exact = (name: string, value: number): Metric => ({
  ...{ name, value, unit: 'instructions', direction: 'lower' },
});
const time = (value: number): Metric => ({
  ...{ name: 'time', value, unit: 'us', direction: 'lower' },
});
const number = (commit: string) => Number(commit.replace(/\D/g, ''));

function analysis(database: TestDatabase): void {
  async function begun(measures: Measures) {
    await prepareFarm(database.store, ['b1', 'b2']);
    return new MeasuredFarm(database.store, measures);
  }
  const db = () => database.store.database.queries;
  const changes = async () => (await listChanges(db(), {}, { limit: 100 })).items;
  const states = () => db().selectFrom('series_states').selectAll().orderBy('series_id').execute();
  const lastAttempt = async () => {
    const rows = await db().selectFrom('attempts').select('id').orderBy('id', 'desc').execute();
    return rows[0]?.id ?? '';
  };
  async function analysed(farm: MeasuredFarm, commit: string) {
    await farm.build(commit);
    await farm.analyst.attempt(await lastAttempt());
  }
  /** What the regression of the commit 5 adds. */
  const slower = (commit: string) => (number(commit) >= 5 ? 1 : 0);

  it('confirms what an exact metric shows, and names the first bad commit between the builds', async () => {
    const farm = await begun((commit) => [
      exact('switch', 100 + slower(commit)),
      exact('yield', 50 + 3 * slower(commit)),
      exact('idle', 7),
    ]);
    await farm.build('c1');
    await farm.settle();
    for (const commit of ['c2', 'c3', 'c4', 'c5', 'c6', 'c7'])
      await farm.build(commit, { stored: true });
    expect(await changes()).toEqual([]);
    await farm.build('c8');
    await farm.settle();
    const [change, ...more] = await changes();
    expect(more).toEqual([]);
    expect(change).toMatchObject({
      ...{ effect: 'regression', state: 'verified', work: 'done', exact: true, missing: null },
      ...{ metrics: 2, good: { sha: shaOf('c4') }, bad: { sha: shaOf('c5') } },
      worst: { metric: 'yield', before: 50, after: 53 },
    });
    const { steps, metricList } = await changeDetail(db(), change?.id ?? '');
    expect(metricList.map(({ outcome, shift }) => [outcome, shift])).toEqual([
      ['confirmed', 1],
      ['confirmed', 3],
    ]);
    expect(steps.map(({ kind, sides }) => `${kind} ${sides}`)).toEqual([
      'confirm AB',
      ...Array(3).fill('bisect AB'),
    ]);
    // What the farm ran for itself is no part of the series.
    const points = await db().selectFrom('points').select('run_id').distinct().execute();
    expect(points).toHaveLength(2);
  });

  it('keeps apart what moved at different builds that nobody had measured', async () => {
    const farm = await begun((commit) => [
      exact('flash', number(commit) >= 6 ? 120 : 100),
      exact('cycles', number(commit) >= 9 ? 52 : 50),
      exact('ram', number(commit) >= 9 ? 21 : 20),
    ]);
    await farm.build('c1');
    for (let n = 2; n < 12; n++) await farm.build(`c${n}`, { stored: true });
    await farm.build('c12');
    await farm.settle();
    const found = (await changes()).map(({ worst, metrics, state, work, exact, bad }) => [
      ...[worst.metric, metrics, `${state} ${work}`, exact, bad.sha],
    ]);
    expect(found.sort()).toEqual([
      ['flash', 1, 'verified done', true, shaOf('c6')],
      ['ram', 2, 'verified done', true, shaOf('c9')],
    ]);
  });

  it('keeps apart a noisy metric that moved soon after an exact one', async () => {
    const random = seededRandom(9);
    const farm = await begun((commit) => [
      exact('flash', number(commit) >= 6 ? 120 : 100),
      time(100 + gaussian(random) + (number(commit) >= 9 ? 20 : 0)),
    ]);
    for (let n = 1; n < 14; n++) {
      await farm.build(`c${n}`);
      await farm.settle();
    }
    const found = await changes();
    expect(found.map(({ worst, metrics, bad }) => [worst.metric, metrics, bad.sha])).toEqual([
      ['time', 1, shaOf('c9')],
      ['flash', 1, shaOf('c6')],
    ]);
    expect(found).toMatchObject(Array(2).fill({ state: 'verified', work: 'done', exact: true }));
  });

  it('has a noisy metric that moved with an exact one shown by runs of its own number', async () => {
    const random = seededRandom(9);
    const farm = await begun((commit) => [
      exact('flash', 100 + slower(commit)),
      time(100 + gaussian(random) + 20 * slower(commit)),
    ]);
    for (let n = 1; n < 14; n++) {
      await farm.build(`c${n}`);
      await farm.settle();
    }
    const [change, ...more] = await changes();
    expect(more).toEqual([]);
    const { metricList, ...rest } = await changeDetail(db(), change?.id ?? '');
    expect(metricList.map(({ outcome }) => outcome)).toEqual(['confirmed', 'confirmed']);
    expect(rest).toMatchObject({ work: 'done', exact: true, bad: { sha: shaOf('c5') } });
  });

  it('opens another change for a metric that is measured after the change of its build was accepted', async () => {
    let measuresRam = false;
    const farm = await begun((commit) => [
      exact('flash', 100 + slower(commit)),
      ...(measuresRam ? [exact('ram', 20 + slower(commit))] : []),
    ]);
    for (const commit of ['c4', 'c5']) await farm.build(commit);
    await farm.settle();
    const [accepted] = await changes();
    const order = { actor: 'bob', nowMs: NOW };
    await new ChangeOrders(database.store.database).accept(accepted?.id ?? '', 'agreed', order);
    measuresRam = true;
    for (const commit of ['c4', 'c5']) await farm.build(commit);
    await farm.settle();
    const found = (await changes()).map(({ worst, state, bad }) => [worst.metric, state, bad.sha]);
    expect(found).toEqual([
      ['ram', 'verified', shaOf('c5')],
      ['flash', 'accepted', shaOf('c5')],
    ]);
  });

  it('runs two builds in turns that somebody asks for although they measured the same', async () => {
    const farm = await begun(() => [exact('switch', 100)]);
    for (const commit of ['c4', 'c5']) await analysed(farm, commit);
    const [series] = await db().selectFrom('series').selectAll().execute();
    if (!series) throw new Error('nothing was measured');
    const range = { series, ref: REF, good: shaOf('c4'), bad: shaOf('c5') };
    const id = await new ChangeOrders(database.store.database).ask(range, {
      ...{ actor: 'bob', nowMs: NOW },
    });
    await farm.settle();
    expect(await changeDetail(db(), id)).toMatchObject({
      ...{ state: 'refuted', work: 'done', missing: null, steps: [{ sides: 'AB' }] },
    });
    await new ChangeOrders(database.store.database).tryAgain(id, { actor: 'bob', nowMs: NOW });
    await farm.settle();
    const { steps, ...again } = await changeDetail(db(), id);
    expect([steps.length, again.state, again.work]).toEqual([2, 'refuted', 'done']);
  });

  it('says nothing of builds of one image, however often it is run, and nothing when all is as before', async () => {
    const random = seededRandom(11);
    const farm = await begun(() => [time(100 + gaussian(random)), exact('switch', 9)]);
    for (let i = 0; i < 40; i++) await farm.build('c1');
    await farm.settle();
    expect(await changes()).toEqual([]);
    expect(await states()).toMatchObject([{ state: 'steady' }, { state: 'steady' }]);
  });

  it('confirms noise by pairs of runs, and finds the step in it', async () => {
    const random = seededRandom(3);
    const farm = await begun((commit) => [time(100 + gaussian(random) + 20 * slower(commit))]);
    for (let i = 0; i < 5; i++) await farm.build(`c${i}`);
    await farm.build('c5', { stored: true });
    await farm.build('c6', { stored: true });
    await farm.build('c7');
    await farm.settle();
    const [change] = await changes();
    expect(change).toMatchObject({ state: 'verified', bad: { sha: shaOf('c5') }, exact: true });
    const { steps } = await changeDetail(db(), change?.id ?? '');
    expect(steps[0]?.sides).toBe('ABBAABBAAB');
  });

  it('takes a series out of the gates that alarms falsely again and again, until it has been calm', async () => {
    let value = 100;
    const random = seededRandom(5);
    let jump = 0;
    // One run of a build is far off, and no other: nothing that a second look confirms.
    const farm = await begun(() => {
      value = 100 + gaussian(random) + jump;
      jump = 0;
      return [time(value)];
    });
    let commit = 0;
    const some = async (n: number) => {
      for (let i = 0; i < n; i++) await farm.build(`c${++commit}`);
      await farm.settle();
    };
    for (let alarm = 1; alarm <= 3; alarm++) {
      await some(8);
      expect(await states()).toMatchObject([{ gates: 1 }]);
      // Further each time: the spread knows of the ones before.
      jump = 10 ** (alarm + 1);
      await some(1);
      expect((await changes())[0]).toMatchObject({ state: 'refuted', work: 'done' });
    }
    expect(await states()).toMatchObject([{ gates: 0, false_alarms: 3 }]);
    jump = 100_000;
    await some(1);
    expect(await changes()).toHaveLength(3);
    for (let calm = 0; calm < 31; calm++) await analysed(farm, `c${++commit}`);
    expect(await states()).toMatchObject([{ gates: 1, false_alarms: 0 }]);
  });

  it('compares nothing over different environments, and has the build before run again', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    await farm.updateAgent('1');
    const { runId } = await farm.build('c1');
    await farm.settle();
    await farm.updateAgent('2');
    await farm.build('c8');
    await farm.settle();
    expect(await changes()).toEqual([]);
    expect(await states()).toMatchObject([{ state: 'incomparable' }]);
    expect(farm.bases).toEqual([
      { runId, boardSerial: 'b1', environment: expect.stringMatching(/^env_/) },
    ]);
    await farm.build('c1');
    await farm.settle();
    expect(await changes()).toMatchObject([{ state: 'verified', bad: { sha: shaOf('c8') } }]);
  });

  it('calls a regression fixed when its level is back, and returned when it comes again', async () => {
    const levels = ['c1', 'c2', 'c5'];
    const farm = await begun((commit) => [exact('switch', levels.includes(commit) ? 100 : 110)]);
    const states = async () => (await changes()).map(({ effect, state }) => `${effect} ${state}`);
    for (const commit of ['c1', 'c2', 'c3']) await farm.build(commit);
    await farm.settle();
    const [first] = await changes();
    await new ChangeOrders(database.store.database).assign(first?.id ?? '', 'ada', {
      ...{ actor: 'bob', nowMs: NOW },
    });
    expect(await states()).toEqual(['regression assigned']);
    await farm.build('c5');
    await farm.settle();
    expect((await states()).sort()).toEqual(['improvement verified', 'regression verifiedFixed']);
    await farm.build('c6');
    await farm.settle();
    expect((await states()).sort()).toEqual([
      'improvement verified',
      'regression returned',
      'regression verified',
    ]);
  });

  it('says which image is missing, and goes on when it is there again', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    await farm.build('c1');
    await farm.settle();
    const gone = { removed_ms: NOW };
    const image = db().updateTable('images').where('sha256', '=', imageOf('c1'));
    await image.set(gone).execute();
    await farm.build('c8');
    await farm.settle();
    const [blocked] = await changes();
    expect(blocked).toMatchObject({ state: 'detected', work: 'blocked' });
    expect(blocked?.missing).toContain(`commit ${shaOf('c1').slice(0, 12)} is not stored any more`);
    await image.set({ removed_ms: null }).execute();
    await new ChangeOrders(database.store.database).tryAgain(blocked?.id ?? '', {
      ...{ actor: 'bob', nowMs: NOW },
    });
    await farm.settle();
    expect(await changes()).toMatchObject([{ state: 'verified', work: 'done', missing: null }]);
  });

  it('says which builds may be the first bad one when their images are gone', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    await farm.build('c1');
    for (const commit of ['c4', 'c5', 'c6']) await farm.build(commit, { stored: true });
    for (const commit of ['c4', 'c5'])
      await db()
        .updateTable('images')
        .set({ removed_ms: NOW })
        .where('sha256', '=', imageOf(commit))
        .execute();
    await farm.build('c8');
    await farm.settle();
    const [change] = await changes();
    expect(change).toMatchObject({
      exact: false,
      bad: { sha: shaOf('c6') },
      good: { sha: shaOf('c1') },
    });
    expect(change?.missing).toContain(shaOf('c5').slice(0, 12));
  });

  it('is left to people when the farm refuses its runs, and says why', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    await farm.build('c1');
    farm.refusal = new FarmError('no_board_possible', 'no board b1 any more');
    await farm.build('c8');
    await farm.settle();
    expect(await changes()).toMatchObject([{ work: 'blocked', missing: 'no board b1 any more' }]);
  });

  it('looks at a new environment although the build before cannot be run in it', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    await farm.updateAgent('1');
    await farm.build('c1');
    await farm.settle();
    await farm.updateAgent('2');
    farm.refusal = new FarmError('image_missing', 'the image of c1 is not stored any more');
    await farm.build('c5');
    await farm.settle();
    expect(await states()).toMatchObject([{ state: 'incomparable' }]);
  });

  it('does not wait for ever behind changes that waited longer and cannot go on', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + 10 * number(commit))]);
    for (const commit of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) await analysed(farm, commit);
    const found = (await changes()).map(({ id }) => id);
    expect(found).toHaveLength(5);
    for (const id of found) await farm.pursuit.pursue(id, NEVER);
    // Those duties are done: the end of a step leads on, or nothing does.
    await db().deleteFrom('duties').where('kind', '=', 'pursueChange').execute();
    await db()
      .updateTable('images')
      .set({ removed_ms: NOW })
      .where('sha256', 'in', [imageOf('c1'), imageOf('c2')])
      .execute();
    await farm.settle();
    expect((await changes()).map(({ state, work }) => `${state} ${work}`)).toEqual([
      ...Array(3).fill('verified done'),
      ...Array(2).fill('detected blocked'),
    ]);
  });

  it('makes up for a run of the last look that measured nothing', async () => {
    let bads = 0;
    let goods = 0;
    const farm = await begun((commit) => {
      if (commit === 'c1') return [time(100 + (goods++ % 5))];
      return ++bads === 18 ? [] : [time(101 + (bads % 5))];
    });
    for (const commit of ['c1', 'c2']) await analysed(farm, commit);
    const [series] = await db().selectFrom('series').selectAll().execute();
    if (!series) throw new Error('nothing was measured');
    const range = { series, ref: REF, good: shaOf('c1'), bad: shaOf('c2') };
    const id = await new ChangeOrders(database.store.database).ask(range, {
      ...{ actor: 'bob', nowMs: NOW },
    });
    await farm.settle();
    const { steps, state, work } = await changeDetail(db(), id);
    expect(steps.map(({ sides }) => sides.length / 2)).toEqual([5, 5, 10, 1]);
    expect([state, work]).toEqual(['refuted', 'done']);
  });

  it('names no first bad build where the good one does not come before the bad one', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    for (const commit of ['c4', 'c5']) await analysed(farm, commit);
    const [series] = await db().selectFrom('series').selectAll().execute();
    if (!series) throw new Error('nothing was measured');
    const range = { series, ref: REF, good: shaOf('c5'), bad: shaOf('c4') };
    const id = await new ChangeOrders(database.store.database).ask(range, {
      ...{ actor: 'bob', nowMs: NOW },
    });
    await farm.settle();
    expect(await changeDetail(db(), id)).toMatchObject({
      ...{ state: 'verified', work: 'done', exact: false },
      missing: expect.stringMatching(/is not known to come before commit/),
    });
  });

  it('makes each step once, however many controllers try', async () => {
    const farm = await begun((commit) => [exact('switch', 100 + slower(commit))]);
    const other = new MeasuredFarm(await database.secondStore(), farm.measures);
    await analysed(farm, 'c1');
    await farm.build('c8');
    const id = await lastAttempt();
    await Promise.all([farm, other, farm, other].map((one) => one.analyst.attempt(id)));
    const [change, ...more] = await changes();
    expect(more).toEqual([]);
    const pursued = [farm, other, farm, other].map((one) =>
      one.pursuit.pursue(change?.id ?? '', NEVER),
    );
    await Promise.all(pursued);
    expect((await changeDetail(db(), change?.id ?? '')).steps).toHaveLength(1);
  });
}

onBothDatabases({ 'the analysis of series': analysis });
