import { beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { EventHandler, submissionsOf } from '../../src/github/event-handler.js';
import { ForkRows } from '../../src/github/fork-rows.js';
import { type GithubEvent, readEvent } from '../../src/github/github-event.js';
import { GithubRows } from '../../src/github/github-rows.js';
import { HeadResults } from '../../src/github/head-results.js';
import { HeadRows } from '../../src/github/head-rows.js';
import { NO_TERMS } from '../../src/github/judge-suite.js';
import { QuarantineRows } from '../../src/github/quarantine-rows.js';
import { WriteBudgets } from '../../src/github/write-budgets.js';
import type { QueuedRun } from '../../src/store/ports.js';
import { NOW, newSubmission, prepareFarm } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const sha = (letter: string): string => letter.repeat(40);
const BASE = sha('b');
const common = {
  repository: {
    ...{ id: 5, name: 'firmware', owner: { login: 'acme', id: 6 } },
    ...{ html_url: 'https://github.test/acme/firmware', default_branch: 'main' },
  },
  installation: { id: 1 },
  sender: { login: 'ada' },
};
const repository = (atS: number) => ({ ...common.repository, pushed_at: NOW / 1000 + atS });
const updated_at = (atS: number): string => new Date(NOW + atS * 1000).toISOString();

interface Pull {
  readonly action: string;
  readonly head: string;
  readonly atS: number;
  readonly number?: number;
  readonly more?: object;
}

function pull({ action, head, atS, number = 1, more = {} }: Pull): GithubEvent | undefined {
  const pull_request = {
    ...{ number, updated_at: updated_at(atS), base: { sha: BASE, ref: 'main' } },
    ...{ head: { sha: sha(head), ref: `change-${number}`, repo: { id: 5 } }, ...more },
  };
  return readEvent('pull_request', { ...common, action, pull_request }, NOW);
}

function push(branch: string, after: string, atS: number, more: object = {}) {
  const facts = { ref: `refs/heads/${branch}`, before: BASE, after: sha(after) };
  const event = { ...common, ...facts, deleted: false, forced: false, ...more };
  return readEvent('push', { ...event, repository: repository(atS) }, NOW);
}

function group(action: string, head: string, reason?: string): GithubEvent | undefined {
  const merge_group = {
    ...{ head_sha: sha(head), base_sha: BASE, base_ref: 'refs/heads/main' },
    head_ref: `refs/heads/gh-readonly-queue/main/pr-1-${sha(head)}`,
  };
  return readEvent('merge_group', { ...common, action, reason, merge_group }, NOW);
}

function wantedCommits(database: TestDatabase): void {
  let moved: QueuedRun[] = [];
  let deliveries = 0;

  /** Has these events told, in this order, and says what became of the commits. */
  async function after(...events: (GithubEvent | undefined)[]): Promise<Record<string, string>> {
    const { store } = database;
    moved = [];
    const rows = new GithubRows(store.database);
    const heads = new HeadRows(store.database);
    const handler = new EventHandler({
      ...{
        rows,
        heads,
        forks: new ForkRows(store.database),
        store,
        tenantsOf: () => ['default'],
        waitMs: 1_000,
        now: () => NOW,
      },
      results: new HeadResults({ store }),
      quarantine: new QuarantineRows(store.database),
      mayWrite: () => Promise.resolve(true),
      log: pino({ level: 'silent' }),
      farm: {
        cancel: () => Promise.reject(new Error('cancelled by the checks, not by the event')),
        moved: async (runs) => void moved.push(...runs),
        rerun: () => Promise.resolve(),
        submitFork: () => Promise.reject(new Error('nobody asked for that')),
      },
    });
    for (const [i, event] of events.entries()) {
      if (!event) throw new Error(`event ${i} means nothing`);
      const id = `delivery-${++deliveries}`;
      await rows.keep({ id, name: 'x', event }, NOW);
      await handler.run(id);
      // A controller that died after its last step does all of it again.
      await handler.run(id);
    }
    const states = await database.query<{ sha: string; state: string }>(
      'select sha, state from github_heads',
    );
    return Object.fromEntries(states.map(({ sha: whole, state }) => [whole[0] ?? '', state]));
  }

  const merged = { merged: true, merge_commit_sha: sha('a') };

  it('live on in the branch that they were merged into without a new commit, whatever is heard first', async () => {
    const opened = pull({ action: 'opened', head: 'a', atS: 0 });
    const closed = pull({ action: 'closed', head: 'a', atS: 2, more: merged });
    expect(await after(opened, push('main', 'a', 1), closed)).toEqual({ a: 'open' });
  });

  it('live on when the branch is heard of last, or not at all', async () => {
    const opened = pull({ action: 'opened', head: 'a', atS: 0 });
    const closed = pull({ action: 'closed', head: 'a', atS: 2, more: merged });
    expect(await after(opened, closed)).toEqual({ a: 'open' });
    expect(await after(push('main', 'a', 1))).toEqual({ a: 'open' });
  });

  it('are over with their pull request, and the branch that it was made of', async () => {
    const opened = pull({ action: 'opened', head: 'a', atS: 1 });
    const closed = pull({ action: 'closed', head: 'a', atS: 2, more: { merged: false } });
    expect(await after(push('change-1', 'a', 0), opened, closed)).toEqual({ a: 'closed' });
  });

  it('that two pull requests have stay for as long as one of them', async () => {
    const both = [1, 2].map((number) => pull({ action: 'opened', head: 'a', atS: number, number }));
    const close = (number: number) => pull({ action: 'closed', head: 'a', atS: 9, number });
    expect(await after(...both, close(1))).toEqual({ a: 'open' });
    expect(await after(close(2))).toEqual({ a: 'closed' });
  });

  it('give way to a new push of their pull request, in whatever order it is heard', async () => {
    const opened = pull({ action: 'opened', head: 'a', atS: 1 });
    const next = pull({ action: 'synchronize', head: 'c', atS: 5 });
    const late = push('change-1', 'a', 0);
    expect(await after(next, opened, push('change-1', 'c', 4), late)).toEqual({
      ...{ a: 'superseded', c: 'open' },
    });
  });

  it('that a forced push replaced do not come back with a late delivery, but with another push', async () => {
    const forced = push('topic', 'c', 5, { forced: true, before: sha('a') });
    expect(await after(push('topic', 'a', 1), forced, push('topic', 'a', 1))).toEqual({
      ...{ a: 'closed', c: 'open' },
    });
  });

  it('come back when they are pushed again', async () => {
    const forced = push('topic', 'c', 5, { forced: true, before: sha('a') });
    expect(await after(push('topic', 'a', 1), forced, push('topic', 'a', 9))).toMatchObject({
      a: 'open',
    });
  });

  it('are over with their branch', async () => {
    const gone = push('topic', '0', 9, { deleted: true });
    expect(await after(push('topic', 'a', 1), gone)).toEqual({ a: 'closed' });
  });

  it('in a merge queue live on when it merged them, and not when it dropped them', async () => {
    const requested = [group('checks_requested', 'a'), group('checks_requested', 'c')];
    const destroyed = [group('destroyed', 'a', 'merged'), group('destroyed', 'c', 'dequeued')];
    expect(await after(...requested, ...destroyed)).toEqual({ a: 'open', c: 'closed' });
  });

  it('of before that somebody has run again are not the newest of their pull request', async () => {
    const heads = new HeadRows(database.store.database);
    await after(pull({ action: 'opened', head: 'a', atS: 1 }));
    await after(pull({ action: 'synchronize', head: 'c', atS: 5 }));
    const [old, newest] = [await heads.headOf(5, sha('a')), await heads.headOf(5, sha('c'))];
    await heads.waitAgain(old?.id ?? '', NOW + 1_000, NOW);
    expect(await heads.headOf(5, sha('a'))).toMatchObject({ state: 'open' });
    expect(await heads.isWanted(old?.id ?? '', 'pull/1')).toBe(false);
    expect(await heads.isWanted(newest?.id ?? '', 'pull/1')).toBe(true);
  });

  it('keep what their tenant submitted, however much others submit of them', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const origin = { repository: 'github.test/acme/firmware', sha: sha('a') };
    const { submission } = await store.submissions.create(newSubmission({ runs: 1, origin }));
    for (let i = 0; i < 200; i++)
      await store.submissions.create(newSubmission({ runs: 1, origin, tenant: 'strangers' }));
    await after(pull({ action: 'opened', head: 'a', atS: 1 }));
    const head = await new HeadRows(store.database).headOf(5, sha('a'));
    const mine = head && (await submissionsOf(store, head));
    expect(mine?.map(({ id }) => id)).toEqual([submission.id]);
    const results = head && (await new HeadResults({ store }).of(head, () => NO_TERMS));
    expect(results).toMatchObject([{ submissionIds: [submission.id] }]);
  });

  it('are not compared with what still runs, or of which nothing was learnt', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const submit = async (letter: string) => {
      const origin = { repository: 'github.test/acme/firmware', sha: sha(letter) };
      return await store.submissions.create(newSubmission({ runs: 1, origin }));
    };
    const [mine, base] = [await submit('a'), await submit('b')];
    await store.submissions.cancel(mine.submission.id, NOW);
    await after(pull({ action: 'opened', head: 'a', atS: 1 }));
    const head = await new HeadRows(store.database).headOf(5, sha('a'));
    const compared = async () =>
      head && (await new HeadResults({ store }).of(head, () => NO_TERMS)).map((one) => one.base);
    expect(await compared()).toEqual([undefined]);
    await store.submissions.cancel(base.submission.id, NOW);
    expect(await compared()).toEqual([undefined]);
  });

  it('have their base run where nothing is known of it, and say when that cannot be', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const submit = async (letter: string) => {
      const origin = { repository: 'github.test/acme/firmware', sha: sha(letter) };
      const { submission } = await store.submissions.create(newSubmission({ runs: 1, origin }));
      await store.submissions.cancel(submission.id, NOW);
      return submission.id;
    };
    await submit('a');
    await after(pull({ action: 'opened', head: 'a', atS: 1 }));
    const head = await new HeadRows(store.database).headOf(5, sha('a'));
    const asked: string[] = [];
    const noBase = async (isRun: boolean) => {
      const runBase = async ({ submissionId }: { submissionId: string }) => {
        asked.push(submissionId);
        return isRun;
      };
      const results = new HeadResults({ store, runBase });
      return head && (await results.of(head, () => NO_TERMS)).map((one) => one.noBase);
    };
    expect(await noBase(true)).toEqual([
      expect.stringMatching(/^No result of bbbbbbb on \w+, and its image is not stored\.$/),
    ]);
    expect(asked).toEqual([]);
    const base = await submit('b');
    expect(await noBase(true)).toEqual([
      expect.stringMatching(/^No result of bbbbbbb on \w+ yet: the farm runs it\.$/),
    ]);
    expect(await noBase(false)).toEqual([expect.stringMatching(/is not stored/)]);
    expect(asked).toEqual([base, base]);
  });

  it('in a merge queue go first, whether they are submitted before or after', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1']);
    const origin = { repository: 'github.test/acme/firmware', sha: sha('a') };
    const bands = async () =>
      (await store.queue.queued({ limit: 9 })).items.map(({ lane }) => lane.band);
    await store.submissions.create(newSubmission({ runs: 2, origin }));
    await store.submissions.create(newSubmission({ runs: 1, origin, tenant: 'strangers' }));
    expect(await bands()).toEqual(['normal', 'normal', 'normal']);
    await after(group('checks_requested', 'a'));
    expect((await bands()).sort()).toEqual(['normal', 'urgent', 'urgent']);
    expect(moved.map(({ lane }) => lane.band)).toEqual(['urgent', 'urgent']);
    const { submission } = await store.submissions.create(newSubmission({ runs: 1, origin }));
    expect(submission.band).toBe('urgent');
    await after(group('destroyed', 'a', 'dequeued'));
    const later = await store.submissions.create(newSubmission({ runs: 1, origin }));
    expect(later.submission.band).toBe('normal');
  });
}

function budgetOfWrites(database: TestDatabase): void {
  let nowMs = NOW;
  beforeEach(() => {
    nowMs = NOW;
  });
  const budgetsOf = (store: TestDatabase['store']) =>
    new WriteBudgets(store.database, { now: () => nowMs, log: pino({ level: 'silent' }) });
  const writer = (repository_id: number, installation_id = 1) => ({
    ...{ installation_id, repository_id },
  });
  const limit = async (said: Promise<unknown>) =>
    await said.then(
      () => 0,
      (error: unknown) => (error as { untilMs: number }).untilMs,
    );

  it('is one for all controllers: below what GitHub allows in a minute and in an hour', async () => {
    const budgets = [database.store, await database.secondStore()].map(budgetsOf);
    const times: number[] = [];
    for (let i = 0; nowMs < NOW + 3_700_000; i++) {
      const untilMs = (await budgets[i % 2]?.take(writer(5))) ?? 0;
      if (untilMs === 0) times.push(nowMs);
      else {
        expect(untilMs).toBeGreaterThan(nowMs);
        nowMs = untilMs;
      }
    }
    const within = (spanMs: number) =>
      Math.max(
        ...times.map((from) => times.filter((ms) => ms >= from && ms < from + spanMs).length),
      );
    expect(within(60_000)).toBe(72);
    expect(within(3_600_000)).toBe(490);
    expect(await budgets[0]?.take(writer(5, 2))).toBe(0);
  });

  it('holds when controllers write at the same moment', async () => {
    const budgets = [database.store, await database.secondStore()].map(budgetsOf);
    const asked = Array.from({ length: 100 }, (_, i) => budgets[i % 2]?.take(writer(5)));
    const granted = (await Promise.all(asked)).filter((untilMs) => untilMs === 0);
    expect(granted).toHaveLength(72);
  });

  it('is shared by the repositories of an installation: none leaves nothing to the others', async () => {
    const heads = new HeadRows(database.store.database);
    for (const id of [5, 6]) {
      const place = { repositoryId: id, installationId: 1, owner: 'acme', name: `r${id}` };
      const head = { sha: sha('a'), ref: 'refs/heads/main', atMs: NOW };
      const terms = { tenant: 'default', waitUntilMs: NOW, receivedMs: NOW, nowMs: NOW };
      await heads.want({ ...place, repository: `github.test/r${id}`, sender: 'ada' }, head, terms);
    }
    const budgets = budgetsOf(database.store);
    const all = async (repository: number) => {
      let granted = 0;
      while ((await budgets.take(writer(repository))) === 0) granted++;
      return granted;
    };
    expect(await all(5)).toBe(36);
    expect(await all(6)).toBe(18);
    expect(await all(5)).toBe(0);
    nowMs += 60_000;
    expect(await all(6)).toBe(36);
  });

  it('pauses longer each time that nobody answers, and for as long as it is told', async () => {
    const [mine, theirs] = [database.store, await database.secondStore()].map(budgetsOf);
    if (!mine || !theirs) throw new Error('two are needed');
    const lost = new Error('lost');
    expect(await limit(mine.unanswered(1, lost))).toBe(NOW + 1_000);
    nowMs = NOW + 500;
    expect(await limit(theirs.unanswered(1, lost))).toBe(NOW + 1_000);
    nowMs = NOW + 1_000;
    expect(await limit(theirs.unanswered(1, lost))).toBe(NOW + 3_000);
    nowMs = NOW + 2_999;
    expect(await mine.take(writer(5))).toBe(NOW + 3_000);
    expect(await limit(mine.check(1))).toBe(NOW + 3_000);
    nowMs = NOW + 3_000;
    expect(await mine.take(writer(5))).toBe(0);
    expect(await limit(mine.check(1))).toBe(0);
    await theirs.answered(1);
    nowMs = NOW + 10_000;
    expect(await limit(mine.unanswered(1, lost))).toBe(NOW + 11_000);
    expect(await limit(mine.pause(1, NOW + 60_000, lost))).toBe(NOW + 60_000);
    nowMs = NOW + 20_000;
    expect(await theirs.take(writer(5))).toBe(NOW + 60_000);
    expect(await limit(theirs.check(2))).toBe(0);
  });
}

onBothDatabases({
  'commits that are wanted': wantedCommits,
  'the budget of writes': budgetOfWrites,
});
