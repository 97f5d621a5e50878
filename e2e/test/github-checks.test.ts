import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from './support/github/description.js';
import type { FakeCheck } from './support/github/fake-repository.js';
import { secondaryLimit } from './support/github/fake-trouble.js';
import { GithubFarm } from './support/github/github-farm.js';

const SUMMARY = 'greenrack';
/** More than a board has done before a delivery arrives, however busy the machine is. */
const QUEUE = Array<string>(80).fill('soak');
const SMOKE = 'greenrack: smoke (FVP_MPS2_M3)';
const isOver = ({ fields }: FakeCheck): boolean => fields.status === 'completed';
let commits = 0;
/** A commit that no other test has. */
const commit = (): string => (++commits).toString(16).padStart(40, '0');

describe('a pull request', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({ boards: 2 });
  });
  afterEach(() => {
    const { violations, deliveries } = lab.github;
    expect(violations.splice(0)).toEqual([]);
    const refused = deliveries.all.splice(0).filter(({ statusCode }) => statusCode !== 200);
    expect(refused.map(({ event, answer }) => `${event}: ${answer}`)).toEqual([]);
  });
  afterAll(async () => await lab.stop());

  /** A person presses a button of a check. */
  const press = async (check: FakeCheck, sha: string, identifier: string, login: string) => {
    const check_run = { id: check.id, external_id: check.fields.external_id, head_sha: sha };
    const sender = { login, id: 7, type: 'User' };
    const facts = { check_run, requested_action: { identifier }, sender };
    await lab.github.send('check-run-requested-action', lab.repository, facts);
  };

  it('has a check as soon as it is opened, that waits for images and turns green when all passed', async () => {
    const sha = commit();
    await lab.open(1, sha);
    const waiting = await lab.check(sha, SUMMARY);
    expect(waiting.fields).toMatchObject({
      status: 'queued',
      output: { title: 'Waiting for images' },
    });
    const { submission } = await lab.submit(sha, ['pass', 'smallest']);
    const summary = await lab.ended(sha, SUMMARY);
    expect(summary).toBe(waiting);
    expect(summary.fields).toMatchObject({ conclusion: 'success' });
    const smoke = await lab.ended(sha, SMOKE);
    expect(smoke.fields).toMatchObject({
      conclusion: 'success',
      details_url: `https://farm.example/submissions/${submission.id}`,
      output: { title: '2 runs passed' },
    });
    expect(smoke.fields.actions).toBeUndefined();
    expect(lab.repository.shown(sha)).toHaveLength(2);
  });

  it('that breaks a case has it annotated at its line, and a button to run it again', async () => {
    const sha = commit();
    await lab.open(2, sha);
    await lab.submit(sha, ['pass', 'fail']);
    const smoke = await lab.ended(sha, SMOKE);
    expect(smoke.fields).toMatchObject({ conclusion: 'failure' });
    expect(smoke.annotations.length).toBeGreaterThan(0);
    expect(smoke.annotations[0]).toMatchObject({
      path: 'firmware/apps/fail/main.c',
      annotation_level: 'failure',
    });
    expect(smoke.annotations[0]?.start_line).toBeGreaterThan(1);
    expect(smoke.fields.actions).toMatchObject([
      { identifier: 'rerun-failed' },
      { identifier: 'rerun-elsewhere' },
      { identifier: 'quarantine' },
    ]);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'failure' });
    expect(smoke.writes).toBeLessThanOrEqual(3);
    const again = { identifier: 'rerun-failed' };
    const check_run = { id: smoke.id, external_id: smoke.fields.external_id, head_sha: sha };
    const facts = { check_run, requested_action: again };
    await lab.github.send('check-run-requested-action', lab.repository, facts);
    const second = await lab.check(
      sha,
      SMOKE,
      ({ id, fields }) => id !== smoke.id && fields.status === 'completed',
    );
    expect(second.fields).toMatchObject({ conclusion: 'failure' });
    const { items } = (await lab.farm.client.json('GET', `/submissions?sha=${sha}`)) as {
      items: Json[];
    };
    expect(items.map(({ runsTotal, submitter }) => [runsTotal, submitter])).toEqual([
      [1, 'github:ada'],
      [2, 'e2e'],
    ]);
  });

  it('that fails on a board is run on another one when somebody who may write asks for it', async () => {
    const sha = commit();
    await lab.open(20, sha);
    const { submission } = await lab.submit(sha, ['fail']);
    const smoke = await lab.ended(sha, SMOKE);
    await press(smoke, sha, 'rerun-elsewhere', 'mallory');
    await press(smoke, sha, 'rerun-elsewhere', 'ada');
    await lab.check(sha, SMOKE, (one) => one.id !== smoke.id && isOver(one));
    const listed = await lab.farm.client.json('GET', `/submissions?sha=${sha}`);
    const { items } = listed as { items: { id: string; submitter: string }[] };
    expect(items.map(({ submitter }) => submitter)).toEqual(['github:ada', 'e2e']);
    const boards = [submission.id, items[0]?.id].map(async (id) => {
      const runs = await lab.farm.client.json('GET', `/submissions/${id}/runs`);
      return (runs as { items: { boardSerial: string }[] }).items[0]?.boardSerial;
    });
    expect(new Set(await Promise.all(boards)).size).toBe(2);
  });

  it('whose failing cases are quarantined passes, shows them with their owner, and fails again when they are lifted', async () => {
    const sha = commit();
    await lab.open(21, sha);
    await lab.submit(sha, ['fail', 'pass']);
    const smoke = await lab.ended(sha, SMOKE);
    await press(smoke, sha, 'quarantine', 'mallory');
    await press(smoke, sha, 'quarantine', 'ada');
    const green = ({ fields }: { fields: Json }) => fields.conclusion === 'success';
    const passed = await lab.check(sha, SMOKE, green);
    expect((passed.fields.output as { text: string }).text).toMatch(
      /quarantined by github&#58;ada/,
    );
    await lab.check(sha, SUMMARY, green);
    const listed = await lab.farm.client.json('GET', '/quarantine');
    const { items } = listed as { items: { id: string; owner: string; target: string }[] };
    expect(items.length).toBeGreaterThan(0);
    expect(items[0]).toMatchObject({ owner: 'github:ada', target: 'FVP_MPS2_M3' });
    for (const { id } of items) await lab.farm.client.json('POST', `/quarantine/${id}/lift`);
    await lab.check(sha, SUMMARY, ({ fields }) => fields.conclusion === 'failure');
  });

  it('is commented on when it brings a failure: once, changed in place, until it is mended', async () => {
    const [broken, worse, mended] = [commit(), commit(), commit()];
    const { comments } = lab.repository;
    const mine = () => comments.filter(({ issue }) => issue === 12);
    await lab.open(11, broken);
    await lab.submit(broken, ['pass'], { name: 'quiet' });
    await lab.ended(broken, SUMMARY);
    await lab.open(12, worse);
    lab.github.trouble.next('lost', ({ operation }) => operation.endsWith('/comments'));
    await lab.submit(worse, ['fail']);
    const first = await lab.said(
      () => mine()[0],
      ({ body }) => body.includes('2 new failures'),
    );
    expect(first.body).toContain('smoke');
    await lab.push(12, mended);
    await lab.submit(mended, ['pass']);
    await lab.said(
      () => mine()[0],
      ({ body }) => body.includes('nothing fails that counts'),
    );
    expect(mine()).toEqual([{ ...first, body: mine()[0]?.body }]);
    expect(comments.filter(({ issue }) => issue === 11)).toEqual([]);
  });

  it('that gets a new push has what is queued of the old one cancelled, and its checks too', async () => {
    const [old, fresh] = [commit(), commit()];
    await lab.open(3, old);
    const { submission } = await lab.submit(old, QUEUE);
    await lab.check(old, SMOKE);
    await lab.push(3, fresh);
    expect((await lab.ended(old, SMOKE)).fields).toMatchObject({ conclusion: 'cancelled' });
    expect((await lab.ended(old, SUMMARY)).fields).toMatchObject({ conclusion: 'cancelled' });
    expect((await lab.farm.client.finished(submission.id)).cancelled).toBe(true);
    expect((await lab.check(fresh, SUMMARY)).fields).toMatchObject({ status: 'queued' });
  });

  it('that is closed has what is queued cancelled', async () => {
    const sha = commit();
    await lab.open(4, sha);
    const { submission } = await lab.submit(sha, QUEUE);
    await lab.check(sha, SMOKE);
    await lab.close(4);
    expect((await lab.farm.client.finished(submission.id)).cancelled).toBe(true);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'cancelled' });
  });

  it('in a merge queue has the same check, which goes when the group is destroyed', async () => {
    const sha = commit();
    const merge_group = {
      ...{ head_sha: sha, base_sha: 'b'.repeat(40) },
      head_ref: `refs/heads/gh-readonly-queue/main/pr-1-${sha}`,
    };
    await lab.github.send('merge-group-checks-requested', lab.repository, { merge_group });
    await lab.check(sha, SUMMARY);
    const { submission } = await lab.submit(sha, QUEUE);
    await lab.check(sha, SMOKE);
    await lab.github.send('merge-group-destroyed', lab.repository, { merge_group });
    expect((await lab.farm.client.finished(submission.id)).cancelled).toBe(true);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'cancelled' });
  });

  it('has its checks said in the end when GitHub limits, loses an answer, or is away for the whole run', async () => {
    const sha = commit();
    const { trouble } = lab.github;
    const creates = ({ operation }: { operation: string }) => operation.startsWith('POST /repos');
    trouble.next({ answer: secondaryLimit(1) }, creates);
    trouble.next({ answer: { status: 502 } }, creates);
    trouble.next('lost', creates);
    await lab.open(6, sha);
    await lab.check(sha, SUMMARY);
    trouble.down = true;
    const { submission } = await lab.submit(sha, ['pass', 'pass', 'pass']);
    await lab.farm.client.finished(submission.id);
    trouble.down = false;
    const ends = [await lab.ended(sha, SUMMARY), await lab.ended(sha, SMOKE)];
    expect(ends.map(({ fields }) => fields.conclusion)).toEqual(['success', 'success']);
    expect(lab.repository.checks.filter((check) => check.sha === sha)).toHaveLength(2);
  });

  it('is judged by what its tenant submits, and by nobody else', async () => {
    const sha = commit();
    await lab.open(5, sha);
    await lab.check(sha, SUMMARY);
    const request = JSON.stringify({ name: 'other', role: 'submitter', tenant: 'strangers' });
    const { secret } = (await lab.farm.client.json('POST', '/tokens', request)) as {
      secret: string;
    };
    const spec = {
      ...{ version: 1, name: 'smoke' },
      origin: { repository: 'github.test/acme/firmware', sha },
      images: (await lab.submit(commit(), ['pass'])).runs.map(({ imageName, imageSha256 }) => ({
        name: imageName,
        sha256: imageSha256,
      })),
      runs: [{ image: 'pass.elf', target: 'FVP_MPS2_M3' }],
    };
    const answer = await fetch(`${lab.farm.client.url}/api/v1/submissions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(spec),
    });
    expect(answer.status).toBe(201);
    const { submission } = (await answer.json()) as { submission: { id: string } };
    await lab.farm.client.finished(submission.id);
    await lab.submit(sha, ['fail']);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'failure' });
  });
});

describe('deliveries', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({
      ...{ boards: 2, simulated: true },
      env: { GREENRACK_GITHUB_WAIT_MS: '2000' },
    });
  });
  afterAll(async () => await lab.stop());

  it('that are forged are refused, and mean nothing', async () => {
    const { target } = lab.github.deliveries;
    const { secret } = target;
    target.secret = 'not the secret of the App';
    const sha = commit();
    await lab.open(1, sha);
    target.secret = secret;
    expect(lab.github.deliveries.all.at(-1)?.statusCode).toBe(401);
    const next = commit();
    await lab.open(2, next);
    await lab.check(next, SUMMARY);
    expect(lab.repository.shown(sha)).toEqual([]);
  });

  it('that come again change nothing', async () => {
    const sha = commit();
    await lab.open(3, sha);
    const check = await lab.check(sha, SUMMARY);
    const [delivery] = lab.github.deliveries.all.slice(-1);
    const again = await lab.github.deliveries.again(delivery?.id ?? 0);
    expect(again?.statusCode).toBe(200);
    await lab.submit(sha, ['pass']);
    expect(await lab.ended(sha, SUMMARY)).toBe(check);
  });

  it('of commits for which no images come end in a failure that says so, and wait again when asked to', async () => {
    const sha = commit();
    await lab.open(4, sha);
    const late = await lab.ended(sha, SUMMARY);
    expect(late.fields).toMatchObject({
      ...{ conclusion: 'failure', output: { title: 'No images came' } },
    });
    const check_run = { id: late.id, external_id: late.fields.external_id, head_sha: sha };
    await lab.github.send('check-run-rerequested', lab.repository, { check_run });
    const again = await lab.check(sha, SUMMARY, ({ id }) => id !== late.id);
    await lab.submit(sha, ['pass']);
    const green = ({ fields }: { fields: Json }) => fields.conclusion === 'success';
    expect((await lab.check(sha, SUMMARY, green)).id).toBeGreaterThanOrEqual(again.id);
  });

  it('of pushes to a branch make a check; those of the merge queue and of tags do not', async () => {
    const [branch, queue, tag] = [commit(), commit(), commit()];
    const push = async (ref: string, after: string) =>
      await lab.github.send('push', lab.repository, { ref, before: '0'.repeat(40), after });
    await push(`refs/heads/gh-readonly-queue/main/pr-1-${queue}`, queue);
    await push('refs/tags/v1', tag);
    await push('refs/heads/main', branch);
    await lab.check(branch, SUMMARY);
    expect(lab.repository.shown(queue)).toEqual([]);
    expect(lab.repository.shown(tag)).toEqual([]);
  });
});
