import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryName } from './repository-name.js';

type Env = Readonly<Record<string, string | undefined>>;
/** An origin as somebody says it: to be checked. */
export type SaidOrigin = Readonly<Record<string, string | number | boolean | undefined>>;

/** The commit that a CI service is building, by its environment variables; undefined elsewhere. */
export function ciOrigin(env: Env): SaidOrigin | undefined {
  if (env.GITHUB_ACTIONS === 'true') return githubOrigin(env);
  if (env.GITLAB_CI === 'true') return gitlabOrigin(env);
  if (env.JENKINS_URL !== undefined) return jenkinsOrigin(env);
  return undefined;
}

/** Of the event that started a workflow; everything else in it is ignored. */
const pullEventSchema = z.object({
  number: z.number().int(),
  pull_request: z.object({
    head: z.object({ sha: z.string() }),
    base: z.object({ sha: z.string() }),
  }),
});

/** For a pull request GITHUB_SHA is a merge that nobody has pushed: the head is what people know. */
function githubOrigin(env: Env): SaidOrigin | undefined {
  const {
    GITHUB_SERVER_URL: server = 'https://github.com',
    GITHUB_REPOSITORY: name,
    GITHUB_SHA,
  } = env;
  const pull = env.GITHUB_EVENT_NAME?.startsWith('pull_request') ? pullEvent(env) : undefined;
  const sha = pull?.pull_request.head.sha ?? GITHUB_SHA;
  if (sha === undefined) return undefined;
  return {
    sha,
    repository: name === undefined ? undefined : repositoryName(`${server}/${name}`),
    ref: env.GITHUB_REF,
    baseSha: pull?.pull_request.base.sha,
    pullRequest: pull?.number,
    builtBy: 'github-actions',
    url:
      env.GITHUB_RUN_ID && name ? `${server}/${name}/actions/runs/${env.GITHUB_RUN_ID}` : undefined,
  };
}

function pullEvent({ GITHUB_EVENT_PATH: file }: Env): z.infer<typeof pullEventSchema> | undefined {
  if (file === undefined) return undefined;
  try {
    return pullEventSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // An event that cannot be read costs the number of the pull request, not the submission.
    return undefined;
  }
}

function gitlabOrigin(env: Env): SaidOrigin | undefined {
  const { CI_COMMIT_SHA: sha, CI_COMMIT_TAG: tag, CI_COMMIT_BRANCH: branch } = env;
  if (sha === undefined) return undefined;
  const mergeRequest = number(env.CI_MERGE_REQUEST_IID);
  const ref = tag
    ? `refs/tags/${tag}`
    : branch
      ? `refs/heads/${branch}`
      : env.CI_MERGE_REQUEST_REF_PATH;
  return {
    sha,
    repository: env.CI_PROJECT_URL && repositoryName(env.CI_PROJECT_URL),
    ref,
    baseSha: env.CI_MERGE_REQUEST_DIFF_BASE_SHA || undefined,
    pullRequest: mergeRequest,
    commitMs: time(env.CI_COMMIT_TIMESTAMP),
    builtBy: 'gitlab-ci',
    url: env.CI_JOB_URL,
  };
}

function jenkinsOrigin(env: Env): SaidOrigin | undefined {
  const { GIT_COMMIT: sha, GIT_BRANCH: branch, CHANGE_ID: change } = env;
  if (sha === undefined) return undefined;
  return {
    sha,
    repository: env.GIT_URL && repositoryName(env.GIT_URL),
    ref: branch && `refs/heads/${branch.replace(/^(refs\/heads|origin)\//, '')}`,
    pullRequest: number(change),
    builtBy: 'jenkins',
    url: env.BUILD_URL,
  };
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

function time(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
