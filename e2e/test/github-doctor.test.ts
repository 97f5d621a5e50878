import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GithubFarm } from './support/github/github-farm.js';
import { runCli } from './support/run-cli.js';

describe('greenrack doctor github', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({ boards: 1, simulated: 'later' });
  });
  afterEach(() => {
    expect(lab.github.violations.splice(0)).toEqual([]);
  });
  afterAll(async () => await lab.stop());

  const doctor = (...args: string[]) => runCli(lab.farm, ['doctor', 'github', ...args], tmpdir());
  const lines = (text: string): string[] => text.trimEnd().split('\n').slice(1);

  it('proves that all is well, and says so of each thing', async () => {
    await lab.open(1, 'a'.repeat(40));
    const { exitCode, out } = await doctor();
    expect(lines(out).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual(
      [
        ...['key', 'webhook secret', 'public URL', 'App', 'clock', 'App’s access', 'webhook'],
        ...['deliveries', 'installations', 'installation acme'],
      ].map((what) => ['ok', what]),
    );
    expect(exitCode).toBe(0);
  });

  it('says what is wrong at GitHub and what to do, and ends with another code', async () => {
    const { app, deliveries } = lab.github;
    app.clockAheadMs = 120_000;
    app.installation.permissions.checks = 'read';
    app.hook.content_type = 'form';
    const { secret } = deliveries.target;
    deliveries.target.secret = 'not the secret of the App';
    await lab.open(2, 'c'.repeat(40));
    const { exitCode, out } = await doctor('--json');
    deliveries.target.secret = secret;
    app.clockAheadMs = 0;
    expect(exitCode).toBe(3);
    const findings = JSON.parse(out) as { subject: string; state: string; fix?: string }[];
    const faults = findings.filter(({ state }) => state !== 'ok');
    expect(faults.map(({ subject, state }) => [subject, state])).toEqual([
      ...[
        ['clock', 'wrong'],
        ['webhook', 'wrong'],
        ['deliveries', 'wrong'],
      ],
      ['installation acme', 'wrong'],
    ]);
    for (const { fix } of faults) expect(fix).toBeTruthy();
  });

  it('says that GitHub cannot be reached, and does not guess at the rest', async () => {
    lab.github.trouble.down = true;
    const { exitCode, out } = await doctor();
    lab.github.trouble.down = false;
    expect(exitCode).toBe(3);
    expect(out).toMatch(/^BAD +App .*must reach http/m);
    expect(out).toMatch(/^\? +access, webhook and installations/m);
  });
});
