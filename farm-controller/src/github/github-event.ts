import { cleanText } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { NeededEvent } from './needed-access.js';

export const shaSchema = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const idSchema = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** A name of theirs, as the database can hold it. */
const name = (max: number) => z.string().min(1).max(max).transform(cleanText);
const refName = name(255);
const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** A repository as payloads and answers have it. */
export const repositorySchema = z.object({
  id: idSchema,
  name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  owner: z.object({ login: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/), id: idSchema }),
  html_url: z.url({ protocol: /^https?$/ }).max(500),
  default_branch: refName,
  pushed_at: z.unknown().optional(),
});
const commonSchema = z.object({
  action: z.string().max(64).optional(),
  repository: repositorySchema,
  installation: z.object({ id: idSchema }),
  sender: z.object({ login: name(100) }),
});
const pullSchema = commonSchema.extend({
  pull_request: z.object({
    number: z.number().int().min(1).max(2_000_000_000),
    merged: z.boolean().nullish(),
    merge_commit_sha: z.string().max(64).nullish(),
    head: z.object({ sha: shaSchema, ref: refName, repo: z.object({ id: idSchema }).nullable() }),
    base: z.object({ sha: shaSchema, ref: refName }),
    updated_at: timeSchema,
  }),
});
/** Only where one was put on. */
const labelSchema = z.object({ label: z.object({ name: z.string() }) });
const workflowRunSchema = commonSchema.extend({
  workflow_run: z.object({
    ...{ id: idSchema, run_attempt: z.number().int().min(1), event: z.string() },
    ...{
      head_sha: shaSchema,
      name: name(200).nullish(),
      html_url: z.url({ protocol: /^https?$/ }),
    },
    head_repository: z.object({ id: idSchema }).nullish(),
  }),
});
const commentSchema = commonSchema.extend({
  comment: z.object({ body: z.string() }),
  issue: z.object({ number: z.number().int().min(1), pull_request: z.object({}).optional() }),
});
const pushSchema = commonSchema.extend({
  ref: refName,
  before: shaSchema,
  after: shaSchema,
  deleted: z.boolean(),
  forced: z.boolean(),
});
const mergeGroupSchema = commonSchema.extend({
  reason: z.string().max(64).optional(),
  merge_group: z.object({
    ...{ head_sha: shaSchema, head_ref: refName, base_sha: shaSchema, base_ref: refName },
  }),
});
const checkRunSchema = commonSchema.extend({
  check_run: z.object({ external_id: z.string().max(200).nullable(), head_sha: shaSchema }),
  requested_action: z.object({ identifier: name(64) }).optional(),
});
const checkSuiteSchema = commonSchema.extend({ check_suite: z.object({ head_sha: shaSchema }) });

/** Where an event happened. */
export interface EventPlace {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly owner: string;
  readonly name: string;
  /** Host and path, as submissions name it. */
  readonly repository: string;
  readonly sender: string;
}

/** A commit that is to have checks. */
export interface WantedHead {
  readonly sha: string;
  readonly ref: string;
  readonly baseSha?: string;
  readonly pullRequest?: number;
  /** It comes from another repository. */
  readonly fork?: boolean;
  readonly queued?: boolean;
  /** When it happened there: deliveries come in any order. */
  readonly atMs: number;
}

/** What an event means for the farm; what means nothing is not kept. */
export type GithubEvent = { readonly place: EventPlace } & (
  | {
      readonly kind: 'wanted';
      readonly head: WantedHead;
      /** The commit that a forced push replaced. */
      readonly replaces?: string;
    }
  | {
      readonly kind: 'over';
      /** What commits were wanted for, and what ends with it. */
      readonly reasons: readonly [string, ...string[]];
      /** Only of this one. */
      readonly sha?: string;
      /** It lives on in a branch. */
      readonly kept?: { readonly sha: string; readonly branch: string };
      readonly atMs: number;
      readonly why: string;
    }
  | {
      readonly kind: 'rerun';
      readonly sha: string;
      readonly check?: string;
      readonly how: RerunKind;
      /** Not on the boards that it ran on. */
      readonly elsewhere?: boolean;
    }
  | {
      /** A workflow of a fork has ended. */
      readonly kind: 'built';
      readonly sha: string;
      readonly runId: number;
      readonly attempt: number;
      readonly workflow: string;
      readonly url: string;
    }
  | {
      /** The sender lets what a fork has built of this commit onto boards. */
      readonly kind: 'approve';
      readonly sha: string;
    }
  | { readonly kind: 'quarantine'; readonly sha: string; readonly check: string }
);
export type RerunKind = 'all' | 'failed';

/** What the newest commit of a pull request is wanted for. */
export const pullReason = (pullRequest: number): string => `pull/${pullRequest}`;
/** The pull request that a commit is wanted for; undefined when it is wanted for something else. */
export function pullOf(reason: string): number | undefined {
  const [, number] = /^pull\/(\d+)$/.exec(reason) ?? [];
  return number === undefined ? undefined : Number(number);
}

type Reader = (payload: unknown, nowMs: number) => GithubEvent | undefined;

const READERS: Readonly<Record<NeededEvent, Reader>> = {
  pull_request: readPull,
  push: readPush,
  merge_group: readMergeGroup,
  check_run: readCheckRun,
  workflow_run: readWorkflowRun,
  issue_comment: readComment,
  check_suite: (payload) => {
    const { action, check_suite, ...common } = checkSuiteSchema.parse(payload);
    if (action !== 'rerequested') return undefined;
    return { place: placeOf(common), kind: 'rerun', sha: check_suite.head_sha, how: 'all' };
  },
};

/** @throws z.ZodError for a payload that is not what the event's name says */
export function readEvent(name: string, payload: unknown, nowMs: number): GithubEvent | undefined {
  return isRead(name) ? READERS[name](payload, nowMs) : undefined;
}

/** Branches of merge queues begin like this. */
export const MERGE_QUEUE = 'refs/heads/gh-readonly-queue/';
const PULL_ACTIONS = ['opened', 'reopened', 'synchronize', 'ready_for_review'];

function readPull(payload: unknown): GithubEvent | undefined {
  const { action = '', pull_request: pull, ...common } = pullSchema.parse(payload);
  const place = placeOf(common);
  if (action === 'labeled') return readLabel(payload, place, pull.head.sha);
  if (action === 'closed') return pullOver(place, pull, common.repository);
  const isNews = PULL_ACTIONS.includes(action) || (action === 'edited' && hasNewBase(payload));
  return isNews ? pullWanted(place, pull, common.repository) : undefined;
}

/** It goes into another branch now, whose policy counts. */
const hasNewBase = (payload: unknown): boolean =>
  z.object({ changes: z.object({ base: z.object({}) }) }).safeParse(payload).success;

/** Put on a pull request, it lets its newest commit onto boards, and no later one. */
export const APPROVE_LABEL = 'greenrack-approve';
export const APPROVE_ACTION = 'approve-fork';
/** It names the commit: what came after is another one. */
const APPROVE_COMMAND = /^\/greenrack approve ([0-9a-f]{40}|[0-9a-f]{64})\s*$/m;
/** Where the command stands, if it does. */
const MAX_COMMAND_CHARS = 2_000;

function readLabel(payload: unknown, place: EventPlace, sha: string): GithubEvent | undefined {
  const { label } = labelSchema.parse(payload);
  return label.name === APPROVE_LABEL ? { place, kind: 'approve', sha } : undefined;
}

function readComment(payload: unknown): GithubEvent | undefined {
  const { action, comment, issue, ...common } = commentSchema.parse(payload);
  const [, sha] = APPROVE_COMMAND.exec(comment.body.slice(0, MAX_COMMAND_CHARS)) ?? [];
  if (action !== 'created' || !issue.pull_request || sha === undefined) return undefined;
  return { place: placeOf(common), kind: 'approve', sha };
}

/** Workflows of the repository itself submit for themselves. */
function readWorkflowRun(payload: unknown): GithubEvent | undefined {
  const { action, workflow_run: run, ...common } = workflowRunSchema.parse(payload);
  const isFork = run.head_repository?.id !== common.repository.id;
  if (action !== 'completed' || run.event !== 'pull_request' || !isFork) return undefined;
  const built = { sha: run.head_sha, runId: run.id, attempt: run.run_attempt };
  const workflow = { workflow: run.name ?? 'workflow', url: run.html_url };
  return { place: placeOf(common), kind: 'built', ...built, ...workflow };
}

/** What payloads and answers say of a pull request. */
type Pull = z.output<typeof pullSchema>['pull_request'];
type Repository = Pick<z.output<typeof repositorySchema>, 'id' | 'default_branch'>;

/** The newest commit of a pull request is to have checks. */
export function pullWanted(place: EventPlace, pull: Pull, repository: Repository): GithubEvent {
  const { number: pullRequest, head, base, updated_at: atMs } = pull;
  const fork = head.repo?.id !== repository.id;
  const wanted = { sha: head.sha, ref: `refs/heads/${head.ref}`, baseSha: base.sha, pullRequest };
  return { place, kind: 'wanted', head: { ...wanted, fork, atMs } };
}

/** A pull request is closed, and with it the branch that it was made of, unless that is the default one. */
export function pullOver(place: EventPlace, pull: Pull, repository: Repository): GithubEvent {
  const { number, head, base, updated_at: atMs } = pull;
  const lives = head.repo?.id !== repository.id || head.ref === repository.default_branch;
  const ends = lives ? [] : [`refs/heads/${head.ref}`];
  // A merge that made no new commit: this one is now the newest of the branch.
  const isKept = pull.merged === true && pull.merge_commit_sha === head.sha;
  const kept = isKept && { kept: { sha: head.sha, branch: `refs/heads/${base.ref}` } };
  const why = 'the pull request is closed';
  return { place, kind: 'over', reasons: [pullReason(number), ...ends], ...kept, atMs, why };
}

/** Branches only; those of the merge queue have an event of their own, which names the base. */
function readPush(payload: unknown, nowMs: number): GithubEvent | undefined {
  const { ref, before, after, deleted, forced, ...common } = pushSchema.parse(payload);
  if (!ref.startsWith('refs/heads/') || ref.startsWith(MERGE_QUEUE)) return undefined;
  const place = placeOf(common);
  const atMs = pushedMs(common.repository.pushed_at) ?? nowMs;
  if (deleted) return { place, kind: 'over', reasons: [ref], atMs, why: 'its branch is deleted' };
  const isNew = /^0+$/.test(before);
  const head = { sha: after, ref, ...(isNew ? {} : { baseSha: before }), atMs };
  return { place, kind: 'wanted', head, ...(forced && !isNew && { replaces: before }) };
}

/** In seconds, or as text; a push says nothing else of when it was. */
function pushedMs(pushedAt: unknown): number | undefined {
  const ms = typeof pushedAt === 'number' ? pushedAt * 1000 : Date.parse(String(pushedAt));
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function readMergeGroup(payload: unknown, nowMs: number): GithubEvent | undefined {
  const { action, reason, merge_group: group, ...common } = mergeGroupSchema.parse(payload);
  const place = placeOf(common);
  const { head_sha: sha, head_ref: ref, base_sha: baseSha, base_ref: branch } = group;
  if (action === 'destroyed') {
    const kept = reason === 'merged' && { kept: { sha, branch } };
    return {
      place,
      kind: 'over',
      reasons: [ref],
      ...kept,
      atMs: nowMs,
      why: 'it left the merge queue',
    };
  }
  if (action !== 'checks_requested') return undefined;
  return { place, kind: 'wanted', head: { sha, ref, baseSha, queued: true, atMs: nowMs } };
}

function readCheckRun(payload: unknown): GithubEvent | undefined {
  const { action, check_run: run, requested_action, ...common } = checkRunSchema.parse(payload);
  const place = placeOf(common);
  const { head_sha: sha } = run;
  const check = run.external_id === null ? {} : { check: run.external_id };
  if (action === 'rerequested') return { place, kind: 'rerun', sha, how: 'all', ...check };
  if (action !== 'requested_action') return undefined;
  switch (requested_action?.identifier) {
    case 'rerun-failed':
      return { place, kind: 'rerun', sha, how: 'failed', ...check };
    case 'rerun-elsewhere':
      return { place, kind: 'rerun', sha, how: 'failed', elsewhere: true, ...check };
    case APPROVE_ACTION:
      return { place, kind: 'approve', sha };
    case 'quarantine':
      return run.external_id === null
        ? undefined
        : { place, kind: 'quarantine', sha, check: run.external_id };
    default:
      return undefined;
  }
}

/** Whether deliveries of that name may mean something. */
export const isRead = (name: string): name is NeededEvent => Object.hasOwn(READERS, name);

type Common = Omit<z.output<typeof commonSchema>, 'action'>;

/** Where a payload says that it happened. */
export function placeOf({ repository, installation, sender }: Common): EventPlace {
  const { id, name: repositoryName, owner, html_url } = repository;
  return {
    ...{ installationId: installation.id, repositoryId: id },
    ...{ owner: owner.login, name: repositoryName },
    repository: `${new URL(html_url).host.toLowerCase()}/${owner.login}/${repositoryName}`,
    sender: sender.login,
  };
}
