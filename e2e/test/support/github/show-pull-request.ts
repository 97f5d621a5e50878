import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../../src/free-port.js';
import { ROOT } from '../../../src/test-farm.js';
import type { Json } from './description.js';
import type { FakeCheck } from './fake-repository.js';
import { GithubFarm } from './github-farm.js';

/*
 * What `greenrack demo --github` runs: a farm that is an App of the GitHub of these tests, and one pull request that
 * breaks a case, from its opening to its check. SIGTERM ends it.
 */

const SMOKE = 'greenrack: smoke (FVP_MPS2_M3)';
const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** Markdown as a terminal can show it: what was escaped is as it was. */
const plain = (markdown: unknown): string =>
  String(markdown ?? '')
    .replace(/^.*\|---.*\n/gm, '')
    .replace(/\n{2,}/g, '\n')
    .replace(/&#(\d{1,6});/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/<\/?[a-z]+>/g, '');

/** A check as its page at GitHub has it. */
function show({ fields, annotations }: FakeCheck): void {
  const { title, summary, text } = (fields.output ?? {}) as Json;
  say(`${String(fields.name)}: ${String(fields.conclusion ?? fields.status)}`);
  say(`  ${plain(title)}`);
  for (const line of `${plain(summary)}\n${plain(text)}`.trim().split('\n')) say(`  | ${line}`);
  for (const one of annotations)
    say(
      `  ${one.path}:${one.start_line} ${plain(one.title)}: ${plain(one.message).replaceAll('\n', ' ')}`,
    );
  const buttons = ((fields.actions ?? []) as Json[]).map(({ label }) => `[ ${String(label)} ]`);
  if (buttons.length > 0) say(`  ${buttons.join(' ')}`);
  if (fields.details_url !== undefined) say(`  Details: ${String(fields.details_url)}`);
  say();
}

/** The same two runs of any commit; of a broken one the second fails. */
async function build(lab: GithubFarm, sha: string, app: 'pass' | 'fail', origin: Json) {
  const target = 'FVP_MPS2_M3';
  const runs = ['pass', app].map((image, i) => ({
    ...{ image: `${image}.elf`, target, name: i === 0 ? 'boot' : 'network' },
  }));
  // The farm may have closed the connection meanwhile: a read is sent again on another one, a submission is not.
  await lab.farm.client.boards();
  const { submission } = await lab.submit(sha, ['pass', app], {
    ...{ runs, origin: { repository: 'github.test/acme/firmware', sha, ...origin } },
  });
  await lab.farm.client.finished(submission.id);
}

async function play(lab: GithubFarm): Promise<boolean> {
  const sha = randomBytes(20).toString('hex');
  const base = 'b'.repeat(40);
  say('main is built, and runs on the boards of the farm …');
  await build(lab, base, 'pass', { ref: 'refs/heads/main' });
  say(`ada opens pull request 1 of acme/firmware with commit ${sha.slice(0, 12)}\n`);
  await lab.open(1, sha);
  show(await lab.check(sha, 'greenrack'));
  say('its workflow has built the images and submits them …\n');
  await build(lab, sha, 'fail', { pullRequest: 1, ref: 'refs/pull/1/head' });
  const smoke = await lab.ended(sha, SMOKE);
  show(smoke);
  show(await lab.ended(sha, 'greenrack'));
  const { violations } = lab.github;
  for (const each of violations) say(`GitHub would have refused: ${JSON.stringify(each)}`);
  return (
    violations.length === 0 && smoke.fields.conclusion === 'failure' && smoke.annotations.length > 0
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { exit: { type: 'boolean' }, port: { type: 'string' } },
  });
  const port = Number(values.port ?? 0) || (await freePort());
  const ended = once(process, 'SIGTERM');
  const publicUrl = `http://127.0.0.1:${port}`;
  const lab = await GithubFarm.start({
    ...{ boards: 2, port },
    env: {
      GREENRACK_PUBLIC_URL: publicUrl,
      GREENRACK_ANONYMOUS_ROLE: 'viewer',
      GREENRACK_DASHBOARD_DIR: join(ROOT, 'dashboards', 'dist'),
    },
  });
  try {
    const isRight = await Promise.race([play(lab), ended.then(() => undefined)]);
    if (isRight === undefined) return 0;
    say(isRight ? 'The check is as it should be.' : 'The check is NOT as it should be.');
    if (values.exit) return isRight ? 0 : 1;
    say(`The farm is yours: ${publicUrl}  Ctrl-C ends it.`);
    await ended;
    return 0;
  } finally {
    await lab.stop();
  }
}

process.exitCode = await main();
