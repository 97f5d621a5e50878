import { FarmError } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type GithubEvent, readEvent } from '../../src/github/github-event.js';
import { GithubRows } from '../../src/github/github-rows.js';
import { createGithub, type GithubStage } from '../../src/github/github-stage.js';
import { HeadRows } from '../../src/github/head-rows.js';
import { WriteBudgets } from '../../src/github/write-budgets.js';
import { NOW, newSubmission, prepareFarm } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';
import { LittleGithub } from './little-github.js';

const [HEAD, BASE, OTHER_BASE, MERGE] = ['a', 'b', 'c', 'd'].map((one) => one.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const REPO = '/repos/acme/firmware';
const common = {
  repository: {
    ...{ id: 5, name: 'firmware', owner: { login: 'acme', id: 6 } },
    ...{ html_url: 'https://github.test/acme/firmware', default_branch: 'main' },
  },
  installation: { id: 1 },
  sender: { login: 'ada' },
};

function opened(base: string, atS: number): GithubEvent | undefined {
  return pull({ base, atS });
}

interface Pull {
  readonly base: string;
  readonly atS: number;
  readonly number?: number;
  readonly action?: string;
  readonly more?: object;
}

function pull({ base, atS, number = 1, action = 'opened', more = {} }: Pull) {
  const pull_request = {
    ...{ number, updated_at: new Date(NOW + atS * 1000).toISOString() },
    base: { sha: base, ref: `branch-${base[0]}` },
    head: { sha: HEAD, ref: `change-${number}`, repo: { id: 5 } },
  };
  return readEvent('pull_request', { ...common, action, pull_request, ...more }, NOW);
}

function stageOfGithub(database: TestDatabase): void {
  const github = new LittleGithub();
  beforeAll(() => github.start());
  afterAll(() => github.stop());
  let stage: GithubStage;
  let deliveries = 0;
  let nowMs = NOW;
  let rerun = () => Promise.resolve();
  beforeEach(() => {
    github.answers.clear();
    nowMs = NOW;
    const settings = {
      ...{ appId: 1, privateKeyPem: github.privateKeyPem, apiUrl: github.url },
      ...{ secrets: ['secret'], publicUrl: '', waitMs: 60_000 },
      tenantsOf: (): [string, ...string[]] => ['default', 'team-b'],
    };
    stage = createGithub(settings, {
      store: database.store,
      farm: {
        cancel: () => Promise.resolve(),
        moved: () => Promise.resolve(),
        rerun: () => rerun(),
        submitFork: () => Promise.reject(new Error('nobody asked for that')),
      },
      metrics: { observeCheck: () => undefined },
      reread: () => Promise.resolve(settings),
      now: () => nowMs,
      log: pino({ level: 'silent' }),
    });
  });

  async function tell(event: GithubEvent | undefined): Promise<number | undefined> {
    if (!event) throw new Error('the event means nothing');
    const id = `delivery-${++deliveries}`;
    await new GithubRows(database.store.database).keep({ id, name: 'x', event }, NOW);
    return await stage.duties.event(id);
  }

  async function headNow() {
    const head = await new HeadRows(database.store.database).headOf(5, HEAD);
    if (!head) throw new Error('there is no such commit');
    return head;
  }

  const look = async () =>
    await stage.duties.check((await headNow()).id, AbortSignal.timeout(60_000));
  const answer = (route: string, status: number, body: unknown) =>
    github.answers.set(route, () => ({ status, body }));

  it('asks again who pressed a button, when GitHub does not answer', async () => {
    await tell(opened(BASE, 0));
    answer(`GET ${REPO}/collaborators/ada/permission`, 502, {});
    const check_run = { external_id: null, head_sha: HEAD };
    const pressed = readEvent('check_run', { ...common, action: 'rerequested', check_run }, NOW);
    expect(await tell(pressed)).toBe(NOW + 1_000);
    nowMs += 1_000;
    answer(`GET ${REPO}/collaborators/ada/permission`, 200, { permission: 'read' });
    expect(await tell(pressed)).toBeUndefined();
  });

  it('tells whoever pressed a button what was refused, and asks for it no more', async () => {
    answer(`POST ${REPO}/check-runs`, 201, checkJson);
    answer(`PATCH ${REPO}/check-runs/1`, 200, checkJson);
    answer(`GET ${REPO}/collaborators/ada/permission`, 200, { permission: 'write' });
    answer(`GET ${REPO}/commits`, 200, []);
    await prepareFarm(database.store, ['b1']);
    const origin = { repository: 'github.test/acme/firmware', sha: HEAD };
    const { submission } = await database.store.submissions.create(
      newSubmission({ runs: 1, origin }),
    );
    await database.store.submissions.cancel(submission.id, NOW);
    await tell(opened(BASE, 0));
    await look();
    const check_run = { external_id: null, head_sha: HEAD };
    const pressed = readEvent('check_run', { ...common, action: 'rerequested', check_run }, NOW);
    const summaries: string[] = [];
    github.answers.set(`PATCH ${REPO}/check-runs/1`, ({ body }) => {
      summaries.push(JSON.parse(body).output.summary);
      return { status: 200, body: checkJson };
    });
    rerun = () => Promise.reject(new FarmError('gone', 'its image is not stored any more'));
    expect(await tell(pressed)).toBeUndefined();
    await look();
    expect(summaries.at(-1)).toMatch(/ada asked for is refused.*its image is not stored/);
    rerun = () => Promise.reject(new FarmError('unavailable', 'not now'));
    await expect(tell(pressed)).rejects.toThrow('not now');
    rerun = () => Promise.resolve();
    await tell(pressed);
    await look();
    expect(summaries.at(-1)).not.toContain('refused');
  });

  it.each([
    ['another repository', 9, true],
    ['the same repository', 5, false],
  ])(
    'tells that a pull request comes from %s before it has heard of its commit',
    async (_what, id, fork) => {
      await tell(
        readEvent(
          'push',
          {
            ...common,
            ref: 'refs/heads/main',
            before: BASE,
            after: OTHER_BASE,
            deleted: false,
            forced: false,
          },
          NOW,
        ),
      );
      answer(`GET ${REPO}/commits`, 200, [{ sha: MERGE, parents: [{ sha: BASE }, { sha: HEAD }] }]);
      answer(`GET ${REPO}/pulls/7`, 200, {
        ...{ number: 7, state: 'open', updated_at: new Date(NOW).toISOString() },
        ...{ head: { sha: HEAD, ref: 'change', repo: { id } }, base: { sha: BASE, ref: 'main' } },
      });
      expect(await stage.mergedPull(5, MERGE, 7)).toEqual({ sha: HEAD, baseSha: BASE, fork });
    },
  );

  it('counts what the first tenant submits again, once the policy names no other', async () => {
    answer(`POST ${REPO}/check-runs`, 201, checkJson);
    answer(`PATCH ${REPO}/check-runs/1`, 200, checkJson);
    const content = Buffer.from('version: 1\ntenant: team-b\n').toString('base64');
    const file = { type: 'file', sha: 'e'.repeat(40), size: 26, encoding: 'base64', content };
    answer(`GET ${REPO}/contents/.greenrack.yml`, 200, file);
    await tell(opened(BASE, 0));
    await look();
    expect(await headNow()).toMatchObject({ tenant: 'team-b' });
    github.answers.delete(`GET ${REPO}/contents/.greenrack.yml`);
    await tell(opened(OTHER_BASE, 1));
    await look();
    expect(await headNow()).toMatchObject({ tenant: 'default' });
  });

  describe('of a commit that two pull requests have', () => {
    const checks = async () => {
      const rows = new GithubRows(database.store.database);
      return [...(await rows.checks((await headNow()).id)).keys()].sort();
    };
    beforeEach(() => {
      answer(`POST ${REPO}/check-runs`, 201, checkJson);
      answer(`PATCH ${REPO}/check-runs/1`, 200, checkJson);
      const suites = 'suites:\n  - name: smoke\n    targets: [K64F]\n';
      github.answers.set(`GET ${REPO}/contents/.greenrack.yml`, ({ query }) => {
        const ref = query.get('ref');
        if (ref === HEAD) return { status: 404, body: {} };
        const text = `version: 1\n${ref === BASE ? suites : 'tenant: team-b\n'}`;
        const facts = { type: 'file', sha: ref, size: text.length, encoding: 'base64' };
        const content = Buffer.from(text).toString('base64');
        return { status: 200, body: { ...facts, content } };
      });
    });
    const both = ['greenrack', 'greenrack: smoke (K64F)'];

    it('asks for what either branch asks for, whichever is heard of last', async () => {
      await tell(pull({ base: BASE, atS: 0 }));
      await tell(pull({ base: OTHER_BASE, atS: 1, number: 2 }));
      await look();
      expect(await checks()).toEqual(both);
      // The branches do not agree whose submissions count: the farm's word holds.
      expect(await headNow()).toMatchObject({ tenant: 'default', pull_request: 1, base_sha: BASE });
    });

    it('asks for what the other branch asks for once one is closed', async () => {
      await tell(pull({ base: BASE, atS: 0 }));
      await tell(pull({ base: OTHER_BASE, atS: 1, number: 2 }));
      await tell(pull({ base: BASE, atS: 2, action: 'closed' }));
      await look();
      expect(await checks()).toEqual(['greenrack']);
      expect(await headNow()).toMatchObject({ tenant: 'team-b', pull_request: 2 });
    });

    it('asks for what the branch asks for that a pull request was moved to', async () => {
      await tell(pull({ base: OTHER_BASE, atS: 0 }));
      await look();
      expect(await checks()).toEqual(['greenrack']);
      const changes = { base: { ref: { from: 'branch-c' }, sha: { from: OTHER_BASE } } };
      expect(pull({ base: BASE, atS: 1, action: 'edited' })).toBeUndefined();
      await tell(pull({ base: BASE, atS: 1, action: 'edited', more: { changes } }));
      await look();
      expect(await checks()).toEqual(both);
    });
  });

  it('waits for the images of a pull request from when it was opened, however old its commit is', async () => {
    answer(`POST ${REPO}/check-runs`, 201, checkJson);
    answer(`PATCH ${REPO}/check-runs/1`, 200, checkJson);
    const pushed = { ref: 'refs/heads/change', before: BASE, after: HEAD };
    const push = readEvent('push', { ...common, ...pushed, deleted: false, forced: false }, NOW);
    const rows = new GithubRows(database.store.database);
    if (push) await rows.keep({ id: 'long ago', name: 'x', event: push }, NOW - 86_400_000);
    await stage.duties.event('long ago');
    expect(await headNow()).toMatchObject({ wait_until_ms: NOW - 86_400_000 + 60_000 });
    await tell(opened(BASE, 0));
    expect(await look()).toBe(NOW + 60_000);
    const content = Buffer.from('version: 1\nwaitMinutes: 5\n').toString('base64');
    const file = { type: 'file', sha: 'f'.repeat(40), size: 26, encoding: 'base64', content };
    answer(`GET ${REPO}/contents/.greenrack.yml`, 200, file);
    await tell(opened(OTHER_BASE, 1));
    expect(await look()).toBe(NOW + 300_000);
  });

  it('brings a repository of many pull requests in step a page at a time, and stops in between', async () => {
    const pullOf = (number: number, state: string) => ({
      ...{ number, state, updated_at: new Date(NOW).toISOString() },
      head: { sha: String(number).padStart(40, '0'), ref: `change-${number}`, repo: { id: 5 } },
      base: { sha: BASE, ref: 'main' },
    });
    const pages = [
      Array.from({ length: 100 }, (_, i) => pullOf(i + 1, 'open')),
      [pullOf(1, 'closed')],
    ];
    const asked: unknown[] = [];
    answer(`GET ${REPO}`, 200, common.repository);
    answer(`GET ${REPO}/git/matching-refs/heads%2Fgh-readonly-queue%2F`, 200, []);
    github.answers.set(`GET ${REPO}/pulls`, ({ query }) => {
      asked.push(query.get('page'));
      return { status: 200, body: pages[Number(query.get('page')) - 1] };
    });
    const due = async () =>
      (
        await database.query<{ subject: string }>(
          `select subject from duties where kind = 'githubReconcile' order by subject`,
        )
      ).map(({ subject }) => subject);
    const run = async (step: string, signal = AbortSignal.timeout(60_000)) =>
      await stage.duties.reconcile(`1/acme/firmware/${NOW}${step}`, signal);
    await expect(run('', AbortSignal.abort(new Error('the controller stops')))).rejects.toThrow(
      'the controller stops',
    );
    expect(await due()).toEqual([]);
    await run('');
    expect(await due()).toEqual([`1/acme/firmware/${NOW}/pulls/2`]);
    await run('/pulls/2');
    expect(await due()).toContain(`1/acme/firmware/${NOW}/checks/1`);
    expect(asked).toEqual(['1', '2']);
    const states = await database.query<{ state: string }>('select state from github_heads');
    expect(states.filter(({ state }) => state === 'open')).toHaveLength(99);
  });

  it('does not hold up other repositories for an answer that it does not understand', async () => {
    answer(`POST ${REPO}/check-runs`, 201, { id: 'x' });
    await tell(opened(BASE, 0));
    await expect(look()).rejects.toThrow(/id/);
    const budgets = new WriteBudgets(database.store.database, { now: () => NOW, log: QUIET });
    expect(await budgets.take({ installation_id: 1, repository_id: 5 })).toBe(0);
  });

  it.each([
    ['a secondary limit', 403, { 'retry-after': '30' }, {}, 30_000],
    ['a secondary limit that says no time', 403, {}, { message: 'secondary rate limit' }, 60_000],
    ['no answer', 502, {}, {}, 1_000],
  ])(
    'asks GitHub nothing more after %s, whatever for',
    async (_what, status, headers, body, ms) => {
      let asked = 0;
      answer(`GET ${REPO}/contents/.greenrack.yml`, 404, {});
      github.answers.set(`POST ${REPO}/check-runs`, () => ({ status, headers, body }));
      await tell(opened(BASE, 0));
      const againMs = (await look()) ?? 0;
      expect(againMs).toBe(NOW + ms);
      github.answers.clear();
      const count = () => ({ status: 404, body: void asked++ });
      github.answers.set(`GET ${REPO}/collaborators/ada/permission`, count);
      const check_run = { external_id: null, head_sha: HEAD };
      const pressed = readEvent('check_run', { ...common, action: 'rerequested', check_run }, NOW);
      expect(await tell(pressed)).toBe(againMs);
      expect(await look()).toBe(againMs);
      expect(asked).toBe(0);
      nowMs = againMs;
      expect(await tell(pressed)).toBeUndefined();
      expect(asked).toBe(1);
    },
  );
}

const QUIET = pino({ level: 'silent' });
const checkJson = { id: 1, external_id: null, output: { annotations_count: 0 } };

onBothDatabases({ 'the stage of GitHub': stageOfGithub });
