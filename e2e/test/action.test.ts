import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { ROOT } from '../src/test-farm.js';
import { GithubFarm } from './support/github/github-farm.js';
import { OidcIssuer } from './support/github/oidc-issuer.js';
import { runNode } from './support/run-node.js';

const TARGET = 'FVP_MPS2_M3';
const SHA = 'a'.repeat(40);
/** Names come from whoever writes specs and firmware. */
const HOSTILE = '::error file=x::100% owned | [a](javascript:b)';
const BUNDLE = 'farm-cli/action/dist/main.mjs';

let issuer: OidcIssuer;
let lab: GithubFarm;
let workspace: string;
/** What a runner checks out: the bundle, and no modules. */
let checkout: string;
beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'greenrack-checkout-'));
  workspace = mkdtempSync(join(tmpdir(), 'greenrack-action-'));
  await promisify(execFile)('bash', [join(ROOT, 'scripts/build-action.sh')], { timeout: 120_000 });
  issuer = await OidcIssuer.start();
  issuer.job = {
    ...{ event_name: 'push', ref: 'refs/heads/main', sha: SHA, run_id: '77', run_attempt: '1' },
    ...{ repository: 'acme/firmware', repository_id: '5', repository_owner_id: '1005' },
  };
  lab = await GithubFarm.start({
    boards: 2,
    env: { GREENRACK_OIDC_ISSUERS: `${issuer.url}=github.test` },
  });
  const trust = { name: 'firmware', repositoryOwnerId: 1005, repositoryId: 5 };
  await lab.farm.client.json('POST', '/oidc/trusts', JSON.stringify(trust));
  for (const file of [BUNDLE, 'package.json']) cpSync(join(ROOT, file), join(checkout, file));
  mkdirSync(join(workspace, 'firmware/apps/fail'), { recursive: true });
  writeFileSync(join(workspace, 'firmware/apps/fail/main.c'), 'int main;\n');
}, 240_000);
afterAll(async () => {
  await lab?.stop();
  await issuer?.stop();
  for (const dir of [workspace, checkout]) rmSync(dir, { recursive: true, force: true });
});

/** The step as a runner starts it. */
async function step(inputs: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}) {
  const { GREENRACK_TOKEN: _, ...own } = process.env;
  const files = { output: join(workspace, 'output'), summary: join(workspace, 'summary.md') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const entries = Object.entries({ url: lab.farm.client.url, audience: 'https://farm.example' });
  const all = [...entries, ...Object.entries(inputs)];
  const ended = await runNode(join(checkout, BUNDLE), [], {
    cwd: workspace,
    env: {
      ...own,
      ...Object.fromEntries(all.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      ...{ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, GITHUB_SHA: SHA },
      ...{ GITHUB_REPOSITORY: 'acme/firmware', GITHUB_REF: 'refs/heads/main' },
      ...{ GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary },
      ...{ XDG_CONFIG_HOME: workspace, ...issuer.jobEnv, ...more },
    },
  });
  const read = (file: string) => readFileSync(file, 'utf8');
  return { ...ended, output: read(files.output), summary: read(files.summary) };
}

describe('the action', () => {
  it('says at the line of the source, in the summary and by its end what failed', async () => {
    const images = ['pass', 'fail'].map((app) => ({ name: `${app}.elf` }));
    const spec = {
      ...{ version: 1, name: 'smoke', images },
      runs: [
        { image: 'pass.elf', target: TARGET },
        { image: 'fail.elf', target: TARGET, name: HOSTILE },
      ],
    };
    for (const app of ['pass', 'fail'])
      writeFileSync(join(workspace, `${app}.elf`), readFileSync(imagePath(TARGET, app)));
    writeFileSync(join(workspace, 'smoke.json'), JSON.stringify(spec));
    const { exitCode, out, err, output, summary } = await step({ paths: 'smoke.json' });
    expect([exitCode, err]).toEqual([1, '']);
    const [, word = ''] = /^::stop-commands::(\S+)\n/.exec(out) ?? [];
    const [quiet = '', told = ''] = out.split(`\n::${word}::\n`);
    expect(word).toMatch(/^[\w-]{36}$/);
    expect(quiet).toContain('submission sub_');
    const commands = told.split('\n').filter((line) => line !== '');
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands)
      expect(command).toMatch(
        /^::error file=firmware\/apps\/fail\/main\.c,line=\d+,title=%3A%3Aerror file=x%3A%3A100%25 owned[^:]*::[^\n]+%0Aon \S/,
      );
    expect(summary).toContain('### Greenrack: 1 of 2 runs passed');
    expect(summary).not.toContain('[a](javascript');
    expect(output).toMatch(/^submission=sub_\w+\nurl=http:\S+\n$/);
    const id = /submission=(sub_\w+)/.exec(output)?.[1];
    const submission = await lab.farm.client.json('GET', `/submissions/${id}`);
    expect(submission).toMatchObject({
      origin: { repository: 'github.test/acme/firmware', sha: SHA, ref: 'refs/heads/main' },
    });
  });

  it('ends well when all passed', async () => {
    const paths = imagePath(TARGET, 'pass');
    const { exitCode, out, summary } = await step({ paths, target: TARGET, args: '--repeat=2' });
    expect([exitCode, out.includes('::error')]).toEqual([0, false]);
    expect(summary).toContain('2 of 2 runs passed');
  });

  it.each<[string, Record<string, string>, NodeJS.ProcessEnv, string]>([
    ['no farm is named', { url: '', paths: 'x.elf' }, {}, '`url` is missing'],
    ['no image is named', {}, {}, '`paths` is missing'],
    [
      'the job may not ask for a token',
      { paths: 'smoke.json' },
      { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' },
      'unauthorized',
    ],
  ])('ends with what to do when %s', async (_what, inputs, env, says) => {
    const { exitCode, out, err } = await step(inputs, env);
    expect([exitCode, out + err]).toEqual([2, expect.stringContaining(says)]);
  });
});
