import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { CheckResults } from '../../src/github/check-model.js';
import { GithubClient } from '../../src/github/github-client.js';
import { PullCommenter } from '../../src/github/pull-commenter.js';
import { WriteBudgets } from '../../src/github/write-budgets.js';
import type { GithubHeadRow } from '../../src/store/for-stages.js';
import { NOW } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';
import { LittleGithub } from './little-github.js';

const HEAD = {
  ...{ id: 'ghh_1', installation_id: 1, repository_id: 5, owner: 'acme', name: 'firmware' },
  ...{ repository: 'github.test/acme/firmware', sha: 'a'.repeat(40), ref: 'refs/heads/x' },
  ...{ base_sha: null, pull_request: 7, fork: 0, queued: 0, state: 'open', why: '' },
  ...{ tenant: 'default', event_ms: NOW, wait_until_ms: NOW, received_ms: NOW, ended_ms: null },
  ...{ plan_json: null, approved_by: null, refused: null },
} satisfies GithubHeadRow;
const failing = (name: string) =>
  [
    {
      ...{ suite: 'smoke', target: 'K64F', gate: 'required', overBudget: [], changes: [] },
      failures: [{ run: 'app', name, verdict: 'fail', message: '', boards: [], known: false }],
    },
  ] as unknown as readonly CheckResults[];

function refusedComment(database: TestDatabase): void {
  const github = new LittleGithub();
  beforeAll(() => github.start());
  afterAll(() => github.stop());

  it('is not asked for again, though the checks are told, until there is something else to say', async () => {
    let asked = 0;
    github.answers.set('POST /repos/acme/firmware/issues/7/comments', () => {
      asked += 1;
      return { status: 403, body: { message: 'Resource not accessible by integration' } };
    });
    github.answers.set('GET /repos/acme/firmware/issues/7/comments', () => ({
      ...{ status: 200, body: [] },
    }));
    const { database: db } = database.store;
    const access = { appId: 1, privateKeyPem: github.privateKeyPem, apiUrl: github.url };
    const said: string[] = [];
    const now = () => NOW;
    const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
    const budgets = new WriteBudgets(db, { now, log });
    const client = new GithubClient(access, budgets);
    const commenter = new PullCommenter({ db, client, budgets, publicUrl: '', now, log });
    const bring = (name: string) =>
      commenter.bring(
        HEAD,
        { results: failing(name), isGreen: false },
        AbortSignal.timeout(60_000),
      );
    await bring('first');
    await bring('first');
    expect(asked).toBe(1);
    expect(said).toEqual([expect.stringContaining('permission pull_requests: write')]);
    await bring('second');
    expect(asked).toBe(2);
  });
}

onBothDatabases({ 'a comment that GitHub refuses': refusedComment });
