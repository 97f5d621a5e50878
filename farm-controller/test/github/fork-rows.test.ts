import { expect, it } from '@jest/globals';
import { ForkRows } from '../../src/github/fork-rows.js';
import { forkState } from '../../src/github/fork-state.js';
import type { EventPlace, GithubEvent, WantedHead } from '../../src/github/github-event.js';
import { HeadRows } from '../../src/github/head-rows.js';
import { NOW } from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const [SHA, NEXT] = ['a', 'b'].map((one) => one.repeat(40)) as [string, string];
const place: EventPlace = {
  ...{ installationId: 1, repositoryId: 5, owner: 'acme', name: 'firmware', sender: 'ada' },
  repository: 'github.test/acme/firmware',
};
const built = (attempt: number): Extract<GithubEvent, { kind: 'built' }> => ({
  ...{ place, kind: 'built', sha: SHA, runId: 9, attempt, workflow: 'CI' },
  url: 'https://github.test/acme/firmware/actions/runs/9',
});
const found = (id: number) => ({ found: [{ id, name: 'greenrack', why: '' }], why: '' });

function rowsOfForks(database: TestDatabase): void {
  const rows = () => new ForkRows(database.store.database);
  const heads = () => new HeadRows(database.store.database);
  const want = (sha: string, more: Partial<WantedHead> = {}) =>
    heads().want(
      place,
      { sha, ref: 'refs/heads/x', pullRequest: 7, fork: true, atMs: NOW, ...more },
      { tenant: 'default', waitUntilMs: NOW, receivedMs: NOW, nowMs: NOW },
    );
  const listed = async (attempt: number, id: number): Promise<void> => {
    await rows().ended(built(attempt), NOW);
    const all = await rows().ofCommit({ repository_id: 5, sha: SHA });
    const of = all.find((row) => row.artifact_id === 0 && row.attempt === attempt);
    if (of) await rows().listed(of, found(id), NOW);
  };
  const stateNow = async () => {
    const head = await heads().headOf(5, SHA);
    if (!head) throw new Error('there is no such commit');
    return forkState(head, await rows().ofCommit(head)).pending?.title;
  };
  const approve = () => rows().approve(5, { sha: SHA, by: 'ada' }, NOW);
  const WAITING = 'Waiting for a maintainer’s approval';

  it('waits for an approval, which ends with a push and is not back when the commit is', async () => {
    expect(await approve()).toBe(false);
    await listed(1, 100);
    await want(SHA);
    expect(await stateNow()).toBe(WAITING);
    expect([await approve(), await approve()]).toEqual([true, false]);
    expect(await stateNow()).toBe('Fetching the images');
    await want(NEXT, { atMs: NOW + 1 });
    expect(await approve()).toBe(false);
    await want(SHA, { atMs: NOW + 2 });
    expect(await stateNow()).toBe(WAITING);
  });

  it('of a commit of the repository itself is let in by nobody', async () => {
    await want(SHA, { fork: false });
    await listed(1, 100);
    expect(await approve()).toBe(false);
  });

  it('is replaced when the workflow runs again, and is there once however often it is told', async () => {
    await want(SHA);
    await listed(1, 100);
    await listed(1, 100);
    await listed(2, 200);
    const all = await rows().ofCommit({ repository_id: 5, sha: SHA });
    const artifacts = all.filter(({ artifact_id }) => artifact_id > 0);
    expect(artifacts.map(({ artifact_id, state }) => [artifact_id, state])).toEqual([
      [200, 'held'],
      [100, 'refused'],
    ]);
  });
}

onBothDatabases({ 'what forks have built': rowsOfForks });
