import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import type { FakeCheck } from './support/github/fake-repository.js';
import { GithubFarm } from './support/github/github-farm.js';

const SUMMARY = 'greenrack';
const SMOKE = 'greenrack: smoke (FVP_MPS2_M3)';
const DAY_MS = 24 * 3_600_000;
const sha = (letter: string): string => letter.repeat(40);
const group = (letter: string) => `gh-readonly-queue/main/pr-9-${sha('b')}-${letter}`;

describe('a controller that was away', () => {
  let lab: GithubFarm;
  afterEach(async () => {
    await lab.stop();
    expect(lab.github.violations).toEqual([]);
  });

  it('asks for the deliveries that nobody took, and not for those that it has refused', async () => {
    lab = await GithubFarm.start({ boards: 1, simulated: 'later' });
    const { controller } = lab.farm;
    const { target } = lab.github.deliveries;
    const { secret } = target;
    await lab.open(1, sha('a'));
    await lab.check(sha('a'), SUMMARY);
    target.secret = 'not the secret of the App';
    await lab.open(2, sha('c'));
    target.secret = secret;
    await controller.kill('SIGKILL');
    await lab.open(3, sha('d'));
    await lab.push(1, sha('e'));
    await controller.start();
    await lab.check(sha('d'), SUMMARY);
    await lab.check(sha('e'), SUMMARY);
    expect((await lab.ended(sha('a'), SUMMARY)).fields).toMatchObject({ conclusion: 'cancelled' });
    // Sent again, it has the right signature: what was wrong with it was ours.
    await lab.check(sha('c'), SUMMARY);
    expect(lab.repository.checks).toHaveLength(4);
  });

  const merge_group = (letter: string) => ({
    ...{ head_sha: sha(letter), base_sha: sha('b'), base_ref: 'refs/heads/main' },
    head_ref: `refs/heads/${group(letter)}`,
  });

  /** What happens at GitHub while nobody listens, for so long that it is not told again. */
  async function missed(): Promise<void> {
    const { repository, github, farm } = lab;
    repository.branches.set(group('1'), sha('1'));
    const requested = { merge_group: merge_group('1') };
    await github.send('merge-group-checks-requested', repository, requested);
    for (const [number, head] of [
      [1, 'a'],
      [2, 'c'],
      [3, 'd'],
    ] as const)
      await lab.open(number, sha(head));
    for (const head of ['a', 'c', 'd', '1']) await lab.check(sha(head), SUMMARY);
    const { submission } = await lab.submit(sha('c'), ['pass']);
    await lab.check(sha('c'), SMOKE);
    await farm.controller.kill('SIGKILL');
    await lab.push(1, sha('e'));
    await lab.close(2);
    await lab.open(4, sha('f'));
    repository.branches.delete(group('1'));
    repository.branches.set(group('2'), sha('2'));
    repository.branches.set('main', sha('3'));
    repository.commitMs.set(sha('3'), Date.now());
    // Of a farm that was restored from an older state.
    const fields = {
      name: 'greenrack: lost (K64F)',
      status: 'in_progress',
      external_id: 'ghc_gone',
    };
    repository.checks.push({ id: 77, sha: sha('f'), fields, annotations: [], writes: 1 });
    github.deliveries.all.length = 0;
    const state = new Sqlite(join(farm.dir, 'controller-0', 'farm.sqlite'));
    state.prepare('update github_catch_up set heard_ms = heard_ms - ?').run(4 * DAY_MS);
    state.close();
    submissionId = submission.id;
  }
  let submissionId = '';

  /** All is as if it had been heard. */
  async function inStep(): Promise<void> {
    for (const head of ['e', 'f', '2', '3', 'd']) await lab.check(sha(head), SUMMARY, isOpen);
    for (const head of ['a', 'c', '1'])
      expect((await lab.ended(sha(head), SUMMARY)).fields).toMatchObject({
        conclusion: 'cancelled',
      });
    expect((await lab.farm.client.finished(submissionId)).cancelled).toBe(true);
    const lost = await lab.ended(sha('f'), 'greenrack: lost (K64F)');
    expect(lost.fields).toMatchObject({ conclusion: 'cancelled' });
    const names = lab.repository.checks.map(({ sha: of, fields }) => `${of[0]} ${fields.name}`);
    expect(new Set(names).size).toBe(names.length);
  }

  it('for longer than GitHub tells again asks the repositories what they have', async () => {
    lab = await GithubFarm.start({ boards: 1, simulated: 'later' });
    await missed();
    await lab.farm.controller.start();
    await inStep();
  });

  it.each([
    ['the list of repositories', 'after', /^GET \/installation\/repositories/],
    ['open pull requests', 'before', /^GET .*\/pulls$/],
    ['what waits in merge queues', 'after', /^GET .*matching-refs/],
    ['a check that is not known any more', 'after', /^PATCH .*check-runs/],
  ] as const)('and is killed at %s, ends in step all the same', async (_at, when, operation) => {
    lab = await GithubFarm.start({ boards: 1, simulated: 'later' });
    await missed();
    const { controller } = lab.farm;
    const killed = new Promise<void>((resolve, reject) => {
      let isDone = false;
      lab.github.trouble[when] = async (call) => {
        if (isDone || !operation.test(call.operation)) return;
        isDone = true;
        await controller.kill('SIGKILL');
        controller.start().then(() => resolve(), reject);
      };
    });
    await controller.start();
    await killed;
    await inStep();
  });
});

const isOpen = ({ fields }: FakeCheck): boolean => fields.status === 'queued';
