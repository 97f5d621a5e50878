import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import type { Json } from './support/github/description.js';
import type { FakeCheck } from './support/github/fake-repository.js';
import { GithubFarm } from './support/github/github-farm.js';
import { zipOf } from './support/github/zip.js';

const TARGET = 'FVP_MPS2_M3';
const SUMMARY = 'greenrack';
const SMOKE = `greenrack: smoke (${TARGET})`;
const FORK = 'mallory/firmware';
let commits = 0x100;
/** A commit that no other test has. */
const commit = (): string => (++commits).toString(16).padStart(40, '0');

const zipOfPass = (): Buffer =>
  zipOf({ [`${TARGET}/pass.elf`]: readFileSync(imagePath(TARGET, 'pass')) });
const withSpec = (run: Json): Buffer => {
  const runs = [{ image: 'pass.elf', target: TARGET, ...run }];
  const spec = JSON.stringify({ version: 1, name: 'smoke', runs });
  return zipOf({ 'greenrack.json': Buffer.from(spec) });
};
/** 300 MiB in a few hundred kilobytes. */
const bomb = (): Buffer => {
  const zeros = Buffer.alloc(1024 * 1024);
  return zipOf(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a/${i}.elf`, zeros])));
};
const smoke = (zip: Buffer, more: object = {}) => ({ name: 'greenrack-smoke', zip, ...more });
const isWaiting = ({ fields }: FakeCheck) => fields.conclusion === 'action_required';
const hasFailed = ({ fields }: FakeCheck) => fields.conclusion === 'failure';
const summaryOf = ({ fields }: FakeCheck) => String((fields.output as Json).summary);

describe('a pull request of a fork', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({ boards: 1, tags: ['untrusted-ok'] });
  });
  afterEach(() => {
    const { violations, deliveries, trouble } = lab.github;
    trouble.before = undefined;
    expect(violations.splice(0)).toEqual([]);
    const refused = deliveries.all.splice(0).filter(({ statusCode }) => statusCode !== 200);
    expect(refused.map(({ event, answer }) => `${event}: ${answer}`)).toEqual([]);
  });
  afterAll(async () => await lab.stop());

  const press = async (check: FakeCheck, login: string) => {
    const check_run = { id: check.id, external_id: check.fields.external_id, head_sha: check.sha };
    const facts = { check_run, requested_action: { identifier: 'approve-fork' } };
    const sender = { login, id: 7, type: 'User' };
    await lab.github.send('check-run-requested-action', lab.repository, { ...facts, sender });
  };
  const say = async (number: number, body: string, login: string) => {
    const sender = { login, id: 7, type: 'User' };
    const issue = { number, pull_request: { url: 'https://github.test/' } };
    // Whoever comments may call themselves what they like.
    const comment = { body, user: { login, id: 7 }, author_association: 'OWNER' };
    await lab.github.send('issue-comment-created', lab.repository, { issue, comment, sender });
  };
  const submissionsOf = async (sha: string): Promise<Json[]> => {
    const listed = await lab.farm.client.json('GET', `/submissions?sha=${sha}`);
    return (listed as { items: Json[] }).items;
  };
  /** Times that the App has asked whether somebody may write. */
  const askedWho = () => lab.github.calls.filter((each) => each.endsWith('/permission')).length;

  it('waits for a maintainer’s approval, not a stranger’s, and is tested then on a board that is examined after', async () => {
    const sha = commit();
    await lab.open(1, sha, FORK);
    await lab.built(sha, [smoke(zipOfPass(), { headSha: sha })]);
    const waiting = await lab.check(sha, SUMMARY, isWaiting);
    expect(waiting.fields).toMatchObject({
      output: { title: 'Waiting for a maintainer’s approval' },
      actions: [{ identifier: 'approve-fork' }],
    });
    await say(1, `/greenrack approve ${sha}`, 'mallory');
    await press(waiting, 'mallory');
    await lab.github.until('both were looked up', () => askedWho() === 2);
    expect(await submissionsOf(sha)).toEqual([]);
    await press(waiting, 'ada');
    expect((await lab.ended(sha, SMOKE)).fields).toMatchObject({ conclusion: 'success' });
    const passed = ({ fields }: FakeCheck) => fields.conclusion === 'success';
    expect((await lab.check(sha, SUMMARY, passed)).id).not.toBe(waiting.id);
    expect(await submissionsOf(sha)).toMatchObject([
      { name: 'smoke', submitter: 'github:ada', tenant: 'default/forks', band: 'low' },
    ]);
    const { items } = (await lab.farm.client.json('GET', '/submissions')) as { items: Json[] };
    expect(items.map(({ name }) => name)).toContain('health check of lab-fvp-mps2-m3-1');
  });

  it('whose artifact comes after its approval is tested when that comes', async () => {
    const sha = commit();
    await lab.open(2, sha, FORK);
    await lab.check(sha, SUMMARY);
    const before = askedWho();
    await say(2, `It is harmless.\n/greenrack approve ${sha}`, 'ada');
    await lab.github.until('the approval was heard', () => askedWho() > before);
    await lab.built(sha, [smoke(zipOfPass())]);
    expect((await lab.ended(sha, SMOKE)).fields).toMatchObject({ conclusion: 'success' });
  });

  it('waits again after a push, which ends the approval of the commit before', async () => {
    const [old, sha] = [commit(), commit()];
    await lab.open(3, old, FORK);
    await lab.built(old, [smoke(zipOfPass())]);
    const waiting = await lab.check(old, SUMMARY, isWaiting);
    await lab.push(3, sha);
    await lab.check(old, SUMMARY, ({ fields }) => fields.conclusion === 'cancelled');
    await press(waiting, 'ada');
    await lab.built(sha, [smoke(zipOfPass())]);
    expect((await lab.check(sha, SUMMARY, isWaiting)).fields.status).toBe('completed');
    expect([...(await submissionsOf(old)), ...(await submissionsOf(sha))]).toEqual([]);
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['is a zip bomb', bomb, /more than 268435456 bytes/],
    [
      'leads out of its folder',
      () => zipOf({ '../../etc/app.elf': Buffer.from('x') }),
      /relative path/,
    ],
    ['has a spec that runs a command', () => withSpec({ hostCommand: 'id' }), /hostCommand/],
    ['has a spec that reads a path', () => withSpec({ image: '/etc/shadow' }), /bare file name/],
    [
      'has a spec that points at a URL',
      () => withSpec({ image: 'https://x.test/' }),
      /bare file name/,
    ],
  ])('is refused with the reason in its check when its artifact %s', async (_what, zip, why) => {
    const sha = commit();
    await lab.open(10, sha, FORK);
    await lab.built(sha, [smoke(zip())]);
    await lab.check(sha, SUMMARY, isWaiting);
    await say(10, `/greenrack approve ${sha}`, 'ada');
    const check = await lab.check(sha, SUMMARY, hasFailed);
    expect(check.fields).toMatchObject({ output: { title: 'The images are refused' } });
    expect(summaryOf(check)).toMatch(why);
    expect(await submissionsOf(sha)).toEqual([]);
  });

  it('says so when a workflow ends without an artifact, when it has expired, and when it is of another commit', async () => {
    const sha = commit();
    await lab.open(11, sha, FORK);
    await lab.built(sha, [{ name: 'coverage', zip: zipOfPass() }]);
    const empty = 'it has ended without an artifact called greenrack';
    await lab.check(sha, SUMMARY, (check) => summaryOf(check).includes(empty));
    await lab.built(sha, [smoke(zipOfPass(), { expired: true })]);
    expect(summaryOf(await lab.check(sha, SUMMARY, hasFailed))).toContain('has expired');
    const other = commit();
    await lab.open(12, other, FORK);
    await lab.built(other, [smoke(zipOfPass(), { headSha: sha })]);
    expect(summaryOf(await lab.check(other, SUMMARY, hasFailed))).toContain(`of commit ${sha}`);
  });

  it.each([
    ['before it has the artifact', 'before', /\{archive_format\}$/],
    ['when it is told where the artifact is', 'after', /\{archive_format\}$/],
  ] as const)(
    'is submitted once by a controller that is killed %s',
    async (_at, when, operation) => {
      const sha = commit();
      await lab.open(20, sha, FORK);
      await lab.built(sha, [smoke(zipOfPass())]);
      const waiting = await lab.check(sha, SUMMARY, isWaiting);
      const killed = new Promise<void>((resolve, reject) => {
        lab.github.trouble[when] = async (call) => {
          if (!operation.test(call.operation)) return;
          lab.github.trouble[when] = undefined;
          await lab.farm.controller.kill('SIGKILL');
          lab.farm.controller.start().then(() => resolve(), reject);
        };
      });
      await press(waiting, 'ada');
      await killed;
      expect((await lab.ended(sha, SMOKE)).fields).toMatchObject({ conclusion: 'success' });
      expect(await submissionsOf(sha)).toHaveLength(1);
    },
  );
});
