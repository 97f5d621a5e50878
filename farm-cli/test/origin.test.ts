import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { ciOrigin } from '../src/origin/ci-origin.js';
import { repositoryName } from '../src/origin/repository-name.js';
import { callCli } from './support/call-cli.js';
import { dir, fake, put } from './support/cli-bench.js';
import { uploadOf } from './support/fake-upload.js';

const HEAD = '1'.repeat(40);
const MERGE = '2'.repeat(40);
const BASE = '3'.repeat(40);

function git(...args: string[]): string {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return execFileSync('git', ['-C', dir.path, ...who, ...args], { encoding: 'utf8' }).trim();
}

/** A repository with one commit, whose images are not in it. */
function repository(): string {
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'https://ada:secret@github.com/mbed-ce/mbed-os.git');
  put('source.c');
  git('add', 'source.c');
  git('commit', '-q', '-m', 'first');
  return git('rev-parse', 'HEAD');
}

async function submitted(env: Record<string, string> = {}, ...more: string[]) {
  const args = ['submit', put('K64F/a.elf'), '--no-wait', ...more];
  const result = await callCli(args, { cwd: dir.path, url: fake.url, env });
  return { origin: uploadOf(fake).spec.origin, stderr: result.err };
}

describe('the origin of a submission', () => {
  it('is the commit, the branch and the repository around the images, without its password', async () => {
    const sha = repository();
    const { origin } = await submitted();
    expect(origin).toEqual({
      ...{ sha, ref: 'refs/heads/main', repository: 'github.com/mbed-ce/mbed-os' },
      ...{ dirty: false, commitMs: expect.any(Number) },
    });
  });

  it('says when the work tree had changes on top of the commit', async () => {
    repository();
    put('source.c', 'changed');
    expect((await submitted()).origin).toMatchObject({ dirty: true });
  });

  it('is left out where there is no repository, and when it is asked to be', async () => {
    expect((await submitted()).origin).toBeUndefined();
    repository();
    expect((await submitted({}, '--no-origin')).origin).toBeUndefined();
  });

  it('of a pull request is its head, not the merge that GitHub makes for the workflow', async () => {
    const event = { number: 7, pull_request: { head: { sha: HEAD }, base: { sha: BASE } } };
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'mbed-ce/mbed-os', GITHUB_SHA: MERGE },
      ...{ GITHUB_REF: 'refs/pull/7/merge', GITHUB_EVENT_NAME: 'pull_request', GITHUB_RUN_ID: '5' },
      GITHUB_EVENT_PATH: put('event.json', event),
    };
    expect((await submitted(env)).origin).toEqual({
      ...{ sha: HEAD, baseSha: BASE, pullRequest: 7, ref: 'refs/pull/7/merge' },
      ...{ repository: 'github.com/mbed-ce/mbed-os', builtBy: 'github-actions' },
      url: 'https://github.com/mbed-ce/mbed-os/actions/runs/5',
    });
  });

  it('leaves out what makes no sense, and says so', async () => {
    const env = { JENKINS_URL: 'http://ci', GIT_COMMIT: HEAD, GIT_BRANCH: 'a b', BUILD_URL: 'ci' };
    const { origin, stderr } = await submitted(env);
    expect(origin).toEqual({ sha: HEAD, builtBy: 'jenkins' });
    expect(stderr).toContain("'refs/heads/a b' is no ref");
  });
});

describe('ciOrigin', () => {
  it('reads merge requests of GitLab', () => {
    const env = {
      ...{ GITLAB_CI: 'true', CI_COMMIT_SHA: HEAD, CI_MERGE_REQUEST_IID: '12' },
      ...{
        CI_PROJECT_URL: 'https://gitlab.com/lab/firmware',
        CI_JOB_URL: 'https://gitlab.com/j/1',
      },
      ...{ CI_MERGE_REQUEST_DIFF_BASE_SHA: BASE, CI_COMMIT_TIMESTAMP: '2026-11-30T10:00:00Z' },
      CI_MERGE_REQUEST_REF_PATH: 'refs/merge-requests/12/head',
    };
    expect(ciOrigin(env)).toEqual({
      ...{ sha: HEAD, baseSha: BASE, pullRequest: 12, ref: 'refs/merge-requests/12/head' },
      ...{ repository: 'gitlab.com/lab/firmware', builtBy: 'gitlab-ci' },
      ...{ url: 'https://gitlab.com/j/1', commitMs: Date.UTC(2026, 10, 30, 10) },
    });
  });

  it('says nothing outside of a CI service', () => {
    expect(ciOrigin({ CI_COMMIT_SHA: HEAD })).toBeUndefined();
  });
});

describe('repositoryName', () => {
  it.each([
    ['git@github.com:mbed-ce/mbed-os.git', 'github.com/mbed-ce/mbed-os'],
    ['ssh://git@git.lab.example:2222/fw/app.git', 'git.lab.example:2222/fw/app'],
    ['https://user:token@GitHub.com/Mbed-CE/mbed-os/', 'github.com/Mbed-CE/mbed-os'],
    ['/home/ada/mbed-os', undefined],
    ['file:///srv/git/mbed-os.git', undefined],
    ['../mbed-os', undefined],
  ])('of %s is %s', (remote, name) => {
    expect(repositoryName(remote)).toBe(name);
  });
});
