import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GithubFarm } from './support/github/github-farm.js';

const SUMMARY = 'greenrack';
const BASE = 'b'.repeat(40);
const nameOf = (suite: string): string => `greenrack: ${suite} (FVP_MPS2_M3)`;
let commits = 0;
/** A commit that no other test has. */
const commit = (): string => (++commits).toString(16).padStart(40, '0');

describe('the policy of a repository', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({ boards: 2 });
  });
  afterEach(() => {
    expect(lab.github.violations.splice(0)).toEqual([]);
  });
  afterAll(async () => await lab.stop());

  const put = (sha: string, text: string) =>
    lab.repository.files.set(`${sha}:.greenrack.yml`, text);
  const change = (sha: string, ...paths: string[]) =>
    lab.repository.changes.set(`${BASE}...${sha}`, paths);
  const suites = (...lines: string[]) => ['version: 1', 'suites:', ...lines].join('\n');
  const SMOKE = '  - { name: smoke, targets: [FVP_MPS2_M3] }';
  const NET = '  - { name: net, targets: [FVP_MPS2_M3], paths: [net/**] }';

  it('has every check there from the beginning, skips what a change does not touch, and waits for the rest', async () => {
    put(BASE, suites(SMOKE, NET));
    const sha = commit();
    change(sha, 'docs/readme.md');
    await lab.open(1, sha);
    expect((await lab.check(sha, nameOf('smoke'))).fields).toMatchObject({ status: 'queued' });
    const net = await lab.ended(sha, nameOf('net'));
    expect(net.fields).toMatchObject({ conclusion: 'skipped', output: { title: 'Not needed' } });
    await lab.submit(sha, ['pass']);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'success' });
  });

  it('expects failures, which are shown and do not gate', async () => {
    const known = `${SMOKE.slice(0, -2)}, expectedFailures: [{ case: '*', run: fail, reason: errata 7 }] }`;
    put(BASE, suites(known));
    const sha = commit();
    await lab.open(2, sha);
    await lab.submit(sha, ['pass', 'fail']);
    expect((await lab.ended(sha, SUMMARY)).fields).toMatchObject({ conclusion: 'success' });
    const { output } = (await lab.ended(sha, nameOf('smoke'))).fields as {
      output: { text: string };
    };
    expect(output.text).toContain('errata 7');
  });

  it('is that of the base: what a change says of itself does not count, but breaking it fails the change', async () => {
    put(BASE, suites(SMOKE));
    const sha = commit();
    put(sha, 'version: 1\nsuites: [{ name: smoke, targets: [FVP_MPS2_M3], gate: never }]\n');
    change(sha, '.greenrack.yml');
    await lab.open(3, sha);
    await lab.submit(sha, ['pass']);
    const { fields } = await lab.ended(sha, SUMMARY);
    expect(fields).toMatchObject({ conclusion: 'failure' });
    expect((fields.output as { summary: string }).summary).toMatch(/gate.*line 2/);
    const meek = commit();
    put(meek, 'version: 1\notherSuites: informative\n');
    change(meek, '.greenrack.yml');
    await lab.open(4, meek);
    await lab.submit(meek, ['fail']);
    expect((await lab.ended(meek, SUMMARY)).fields).toMatchObject({ conclusion: 'failure' });
  });

  it('that is broken in the base is told on every change, and what held before holds on', async () => {
    put(BASE, suites(`${SMOKE.slice(0, -2)}, gate: informative }`));
    const before = commit();
    await lab.open(5, before);
    await lab.check(before, nameOf('smoke'));
    put(BASE, 'version: 1\nsuites: 7\n');
    const sha = commit();
    change(sha, 'a.c');
    await lab.open(6, sha);
    await lab.submit(sha, ['fail']);
    const { fields } = await lab.ended(sha, SUMMARY);
    expect(fields).toMatchObject({ conclusion: 'success' });
    expect((fields.output as { summary: string }).summary).toMatch(
      /last one without a fault.*line 2/,
    );
  });

  it('that is tried says what it would have said of what was submitted before', async () => {
    put(BASE, suites(SMOKE));
    const [good, bad] = [commit(), commit()];
    for (const [sha, app] of [
      [good, 'pass'],
      [bad, 'fail'],
    ] as const) {
      const { submission } = await lab.submit(sha, [app]);
      await lab.farm.client.finished(submission.id);
    }
    const policy = {
      version: 1,
      suites: [{ name: 'smoke', targets: ['FVP_MPS2_M3'], gate: 'informative' }],
    };
    const body = { repository: 'github.test/acme/firmware', sinceMs: 0, policy };
    const answer = await lab.farm.client.json('POST', '/policy/try', JSON.stringify(body));
    const { commits: tried } = answer as { commits: { sha: string; checks: object[] }[] };
    const of = (sha: string) => tried.find((each) => each.sha === sha)?.checks;
    expect(of(good)).toMatchObject([
      { name: nameOf('smoke'), before: 'success', after: 'success' },
      { name: SUMMARY, before: 'success', after: 'success' },
    ]);
    expect(of(bad)).toMatchObject([
      { name: nameOf('smoke'), before: 'failure', after: 'neutral' },
      { name: SUMMARY, before: 'failure', after: 'success' },
    ]);
  });

  it('cannot take a tenant that the farm did not give', async () => {
    put(BASE, 'version: 1\ntenant: strangers\n');
    const sha = commit();
    change(sha, 'a.c');
    await lab.open(7, sha);
    await lab.submit(sha, ['pass']);
    const { fields } = await lab.ended(sha, SUMMARY);
    expect(fields).toMatchObject({ conclusion: 'success' });
    const { summary } = fields.output as { summary: string };
    expect(summary).toContain('GREENRACK&#95;GITHUB&#95;TENANTS');
  });
});
