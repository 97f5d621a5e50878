import { createHash } from 'node:crypto';
import type { Json } from './description.js';
import type { FakeCheck, FakePull, FakeRepository } from './fake-repository.js';

/** A request that its description has let pass. */
export interface ApiCall {
  readonly operation: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Json;
  readonly nowMs: number;
}
export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const NOT_FOUND: ApiAnswer = { status: 404, body: { message: 'Not Found' } };
const found = (body: unknown, status = 200): ApiAnswer =>
  body === undefined ? NOT_FOUND : { status, body };

let nextId = 1_000;
/** Ids of whatever the service makes. */
export const newFakeId = (): number => ++nextId;

type Answer = (call: ApiCall, repository: FakeRepository) => ApiAnswer;
/** Where the bytes of artifacts are, for a while and for everybody. */
export const BYTES_PATH = '/bytes-of-artifacts/';
const REPO = '/repos/{owner}/{repo}';

/** What the service answers for a repository, by operation. */
export const REPOSITORY_ANSWERS: Readonly<Record<string, Answer>> = {
  [`POST ${REPO}/check-runs`]: (call, repo) => found(createCheck(call, repo), 201),
  [`PATCH ${REPO}/check-runs/{check_run_id}`]: (call, repo) => {
    const check = checkOf(call, repo);
    if (!check) return NOT_FOUND;
    writeCheck(check, call);
    return found(checkJson(check, repo));
  },
  [`GET ${REPO}/check-runs/{check_run_id}`]: (call, repo) => {
    const check = checkOf(call, repo);
    return found(check && checkJson(check, repo));
  },
  [`GET ${REPO}/commits/{ref}/check-runs`]: ({ params, query }, repo) => {
    const name = query.get('check_name');
    const all = repo.checks.filter(
      ({ sha, fields }) => sha === params.ref && (name === null || fields.name === name),
    );
    const of =
      query.get('filter') === 'all' ? all : all.filter((c) => repo.shown(c.sha).includes(c));
    const check_runs = of.reverse().map((check) => checkJson(check, repo));
    return found({ total_count: check_runs.length, check_runs });
  },
  [`GET ${REPO}/git/trees/{tree_sha}`]: ({ params }, repo) => {
    const paths = repo.trees.get(params.tree_sha ?? '');
    const tree = paths?.map((path) => ({
      path,
      mode: '100644',
      type: 'blob',
      sha: 'f'.repeat(40),
    }));
    return found(
      tree && { sha: params.tree_sha, url: 'https://github.test/', tree, truncated: false },
    );
  },
  [`GET ${REPO}`]: (_call, repo) => found(repo.json),
  [`GET ${REPO}/collaborators/{username}/permission`]: ({ params }, repo) => {
    const permission = repo.permissions.get(params.username ?? '') ?? 'read';
    return found({ permission, role_name: permission, user: null });
  },
  [`GET ${REPO}/git/matching-refs/{ref}`]: ({ params }, repo) =>
    found(
      [...repo.branches]
        .map(([name, sha]) => ({ ref: `refs/heads/${name}`, sha }))
        .filter(({ ref }) => ref.startsWith(`refs/${params.ref}`))
        .map(({ ref, sha }) => ({ ref, object: { type: 'commit', sha } })),
    ),
  [`GET ${REPO}/commits`]: ({ query }, repo) => {
    const from = query.get('sha') ?? '';
    return found(history(repo.branches.get(from) ?? from, repo));
  },
  [`GET ${REPO}/pulls`]: (_call, repo) =>
    found([...repo.pulls.values()].map((p) => pullJson(p, repo))),
  [`GET ${REPO}/pulls/{pull_number}`]: ({ params }, repo) => {
    const pull = repo.pulls.get(Number(params.pull_number));
    return found(pull && pullJson(pull, repo));
  },
  [`GET ${REPO}/contents/{path}`]: ({ params, query }, repo) => {
    const text = repo.files.get(`${query.get('ref')}:${params.path}`);
    if (text === undefined) return NOT_FOUND;
    const bytes = Buffer.from(text);
    const sha = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
    const content = { encoding: 'base64', content: bytes.toString('base64') };
    const url = 'https://github.test/';
    const links = { url, git_url: url, html_url: url, download_url: url };
    const { path } = params;
    return found({
      ...{ type: 'file', ...content, sha, size: bytes.length, path, name: path },
      ...{ ...links, _links: { git: url, html: url, self: url } },
    });
  },
  [`GET ${REPO}/compare/{basehead}`]: ({ params }, repo) => {
    const files = repo.changes.get(params.basehead ?? '')?.map((filename) => ({ filename }));
    return found(files && { files });
  },
  [`GET ${REPO}/issues/{issue_number}/comments`]: ({ params }, repo) =>
    found(repo.comments.filter(({ issue }) => issue === Number(params.issue_number))),
  [`POST ${REPO}/issues/{issue_number}/comments`]: ({ params, body }, repo) => {
    const made = { id: newFakeId(), issue: Number(params.issue_number), body: String(body.body) };
    repo.comments.push(made);
    return found(made, 201);
  },
  [`PATCH ${REPO}/issues/comments/{comment_id}`]: ({ params, body }, repo) => {
    const comment = repo.comments.find(({ id }) => id === Number(params.comment_id));
    if (comment) comment.body = String(body.body);
    return found(comment);
  },
  [`GET ${REPO}/actions/runs/{run_id}/artifacts`]: ({ params }, repo) => {
    const artifacts = repo.artifacts
      .filter(({ runId }) => runId === Number(params.run_id))
      .map(({ id, name, zip, expired = false, runId, headSha }) => ({
        ...{ id, name, size_in_bytes: zip.length, expired },
        workflow_run: { id: runId, ...(headSha !== undefined && { head_sha: headSha }) },
      }));
    return found({ total_count: artifacts.length, artifacts });
  },
  [`GET ${REPO}/actions/artifacts/{artifact_id}/{archive_format}`]: ({ params }, repo) => {
    const artifact = repo.artifacts.find(({ id }) => id === Number(params.artifact_id));
    if (!artifact || params.archive_format !== 'zip') return NOT_FOUND;
    if (artifact.expired) return { status: 410, body: { message: 'Artifact has expired' } };
    return { status: 302, headers: { location: `${BYTES_PATH}${artifact.id}` } };
  },
};

function createCheck(call: ApiCall, repo: FakeRepository): Json {
  const sha = String(call.body.head_sha);
  const check: FakeCheck = { id: newFakeId(), sha, fields: {}, annotations: [], writes: 0 };
  repo.checks.push(check);
  writeCheck(check, call);
  return checkJson(check, repo);
}

function writeCheck(check: FakeCheck, { body, nowMs }: ApiCall): void {
  const { annotations = [], ...output } = (body.output ?? {}) as { annotations?: Json[] };
  const completed = body.conclusion === undefined ? {} : { status: 'completed' };
  const times =
    body.conclusion === undefined ? {} : { completed_at: new Date(nowMs).toISOString() };
  check.fields = { status: 'queued', ...check.fields, ...times, ...body, ...completed };
  if (body.output !== undefined) check.fields.output = output;
  if (body.status !== undefined && body.status !== 'completed') {
    check.fields.conclusion = null;
    check.fields.completed_at = null;
  }
  check.annotations.push(...annotations);
  check.writes += 1;
}

const checkOf = ({ params }: ApiCall, repo: FakeRepository): FakeCheck | undefined =>
  repo.checks.find(({ id }) => id === Number(params.check_run_id));

/** A check run as answers and deliveries carry it. */
export function checkJson({ id, sha, fields, annotations }: FakeCheck, repo: FakeRepository): Json {
  const { output, ...facts } = fields as { output?: Json };
  return {
    ...{ external_id: '', conclusion: null, started_at: null, completed_at: null },
    ...{ details_url: null, html_url: `https://github.test/${repo.fullName}/runs/${id}` },
    ...facts,
    ...{ id, head_sha: sha, node_id: `CR_${id}`, url: 'https://github.test/', pull_requests: [] },
    output: {
      ...{ title: null, summary: null, text: null, ...output },
      ...{ annotations_count: annotations.length, annotations_url: 'https://github.test/' },
    },
  };
}

function history(from: string, repo: FakeRepository): Json[] {
  const shas: string[] = [];
  for (let sha: string | undefined = from; sha !== undefined && shas.length < 100; )
    [sha] = [repo.parents.get(sha), shas.push(sha)];
  return shas.map((sha) => {
    const parents = repo.merges.get(sha) ?? [repo.parents.get(sha)].flatMap((one) => one ?? []);
    const url = 'https://github.test/';
    const date = new Date(repo.commitMs.get(sha) ?? 0).toISOString();
    const commit = { committer: { date } };
    return { sha, commit, parents: parents.map((parent) => ({ sha: parent, url })) };
  });
}

/** A pull request as answers and deliveries carry it. */
export function pullJson(pull: FakePull, repo: FakeRepository): Json {
  const from = pull.fork ?? repo.fullName;
  const [owner = ''] = from.split('/');
  const fork = {
    ...repo.json,
    id: pull.fork ? repo.id + 500 : repo.id,
    full_name: from,
    fork: true,
  };
  return {
    ...{ number: pull.number, state: pull.state, title: `Change ${pull.number}`, merged: false },
    user: { login: pull.author, id: 77 },
    updated_at: new Date(pull.updatedMs - (pull.updatedMs % 1000)).toISOString(),
    labels: pull.labels.map((name) => ({ name })),
    head: { sha: pull.headSha, ref: pull.headRef, label: `${owner}:${pull.headRef}`, repo: fork },
    base: {
      sha: pull.baseSha,
      ref: pull.baseRef,
      label: `${repo.owner}:${pull.baseRef}`,
      repo: repo.json,
    },
  };
}
