/**
 * Cuts out of GitHub's published descriptions what the fake GitHub of the e2e tests checks requests, answers and
 * deliveries against. Run it with the folder that holds both packages, unpacked:
 *
 *     npm pack @octokit/openapi@23 @octokit/openapi-webhooks@12    (each unpacked into openapi/ and webhooks/)
 *     npx tsx scripts/slice-github-api.ts <folder>
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Json = { [key: string]: unknown };
interface Description extends Json {
  readonly components: { [section: string]: { [name: string]: unknown } };
}

const OPERATIONS = [
  'GET /app',
  'GET /app/hook/config',
  'GET /app/hook/deliveries',
  'POST /app/hook/deliveries/{delivery_id}/attempts',
  'GET /app/installations',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /installation/repositories',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
  'GET /repos/{owner}/{repo}/compare/{basehead}',
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/installation',
  'POST /repos/{owner}/{repo}/check-runs',
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}',
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
  'GET /repos/{owner}/{repo}/commits',
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
  'GET /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/contents/{path}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
  'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
];
const EVENTS = [
  'check-run-requested-action',
  'check-run-rerequested',
  'check-suite-rerequested',
  'issue-comment-created',
  'merge-group-checks-requested',
  'merge-group-destroyed',
  'ping',
  'pull-request-closed',
  'pull-request-labeled',
  'pull-request-opened',
  'pull-request-reopened',
  'pull-request-synchronize',
  'push',
  'workflow-run-completed',
];
/** Words for people, and what only other tools read. */
const DROPPED = /^(description|summary|examples?|title|externalDocs|tags|x-.*|deprecated)$/;

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder with openapi/ and webhooks/');
const target = fileURLToPath(new URL('../e2e/test/support/github/api/', import.meta.url));

const rest = read('openapi/generated/api.github.com.json');
const paths = rest.paths as { [path: string]: { [method: string]: Json } };
const operations = OPERATIONS.map((operation) => {
  const [method = '', path = ''] = operation.split(' ');
  const { parameters, requestBody, responses } = paths[path]?.[method.toLowerCase()] ?? {};
  if (!responses) throw new Error(`${operation} is not in the description`);
  const good = Object.entries(responses as Json).filter(([status]) => status.startsWith('2'));
  return [operation, slim({ parameters, requestBody, responses: Object.fromEntries(good) })];
});
write('rest.json', 'operations', operations, rest);

const hooks = read('webhooks/generated/api.github.com.json');
const webhooks = hooks.webhooks as { [event: string]: { post: { requestBody: Json } } };
const events = EVENTS.map((event) => [event, slim(webhooks[event]?.post.requestBody)]);
write('webhooks.json', 'events', events, hooks);
copyFileSync(join(folder, 'openapi/LICENSE'), join(target, 'LICENSE'));

function read(file: string): Description {
  return JSON.parse(readFileSync(join(folder ?? '', file), 'utf8')) as Description;
}

/** One line for each part, so that a newer description shows as a change of lines. */
function write(file: string, what: string, entries: unknown[][], from: Description): void {
  const components = new Map<string, unknown>();
  for (const [, value] of entries) collect(value, from, components);
  const lines = (pairs: Iterable<unknown[]>) =>
    [...pairs].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',\n');
  const sorted = [...components].sort(([a], [b]) => (a < b ? -1 : 1));
  const version = JSON.stringify((from.info as Json | undefined)?.version ?? '');
  const text = `{"version":${version},\n"${what}":{\n${lines(entries)}\n},\n"components":{\n${lines(sorted)}\n}}\n`;
  writeFileSync(join(target, file), text);
  console.log(`${file}: ${text.length} bytes, ${components.size} components`);
}

/** Everything that a part refers to, by its reference. */
function collect(value: unknown, from: Description, found: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key !== '$ref' || typeof inner !== 'string') collect(inner, from, found);
    else if (!found.has(inner)) {
      const [, , section = '', name = ''] = inner.split('/');
      const component = slim(from.components[section]?.[name]);
      found.set(inner, component);
      collect(component, from, found);
    }
  }
}

/** Without the words; a property that happens to be called like one of them stays. */
function slim(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => slim(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      isNames || !DROPPED.test(key) || (key === 'title' && typeof inner === 'object'),
  );
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      slim(inner, !isNames && /^(properties|patternProperties)$/.test(key)),
    ]),
  );
}
