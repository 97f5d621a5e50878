import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiAnswer, BYTES_PATH, REPOSITORY_ANSWERS } from './answers.js';
import { AppCredentials } from './app-credentials.js';
import { checkRunFaults } from './check-rules.js';
import { Description, type Json } from './description.js';
import { FakeApp } from './fake-app.js';
import { FakeDeliveries } from './fake-deliveries.js';
import { FakeRepository } from './fake-repository.js';
import { FakeTrouble, type TroubledCall } from './fake-trouble.js';
import { type MatchedCall, OperationTable } from './operation-table.js';
import { sampleOf } from './schema-sample.js';

const WAIT_MS = 60_000;
/** What no request of ours may be longer than. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * GitHub as the App sees it, on 127.0.0.1. Requests are checked against the published description, and against rules of
 * the live service that it does not know; answers and deliveries have the published form too. Whatever a request had
 * wrong is refused as there, and stays in {@link violations}: a test ends by looking that there are none.
 */
export class FakeGitHub {
  readonly app = new FakeApp();
  readonly credentials = new AppCredentials(4711);
  readonly deliveries = new FakeDeliveries();
  readonly trouble = new FakeTrouble();
  readonly repositories: FakeRepository[] = [];
  readonly violations: string[] = [];
  /** Operations that were asked for, in order. */
  readonly calls: string[] = [];
  /** The form of the next tokens of installations; both are in use. */
  tokenForm: 'opaque' | 'stateless' = 'stateless';
  url = '';
  readonly #description = new Description('rest.json');
  readonly #table = new OperationTable(this.#description);
  readonly #server: Server;
  readonly #news = new EventEmitter().setMaxListeners(0);

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch((error: unknown) => {
        this.violations.push(`the double itself failed: ${String(error)}`);
        res.destroy();
      });
    });
  }

  static async start(): Promise<FakeGitHub> {
    const github = new FakeGitHub();
    github.#server.listen(0, '127.0.0.1');
    await once(github.#server, 'listening');
    github.url = `http://127.0.0.1:${(github.#server.address() as AddressInfo).port}`;
    return github;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  addRepository(fullName: string, id: number): FakeRepository {
    const [owner = '', name = ''] = fullName.split('/');
    const repository = new FakeRepository(id, owner, name, 1);
    this.repositories.push(repository);
    return repository;
  }

  /** Tells the App of an event of a repository, with what every payload has. */
  async send(event: string, repository: FakeRepository, facts: Json): Promise<number> {
    const installation = { id: repository.installation, node_id: 'x' };
    const sender = { login: 'ada', id: 7, type: 'User' };
    const common = { repository: repository.json, installation, sender };
    return (await this.deliveries.send(event, { ...common, ...facts })).statusCode;
  }

  /** Resolves once `holds`; looks again after every request. */
  async until(what: string, holds: () => boolean, timeoutMs = WAIT_MS): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!holds())
      await once(this.#news, 'call', { signal }).catch((cause: unknown) => {
        const last = this.calls.slice(-8).join(', ');
        throw new Error(`never: ${what}; last calls: ${last}; ${this.violations.join('; ')}`, {
          cause,
        });
      });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readJson(req);
    const url = new URL(req.url ?? '/', this.url);
    if (url.pathname.startsWith(BYTES_PATH)) return this.#bytes(req, res, url);
    const call = this.#table.match(req.method ?? '', url, body);
    const operation = call?.operation ?? `${req.method} ${url.pathname}`;
    const troubled: TroubledCall = { operation, number: this.calls.push(operation) };
    const { trouble } = this;
    await trouble.before?.(troubled);
    const isWrite = call?.params.owner !== undefined && req.method !== 'GET';
    const fault = trouble.faultOf(troubled, isWrite, Date.now());
    if (fault === 'refused') res.destroy();
    else if (fault === 'lost') {
      await this.#answer(call, req);
      res.destroy();
    } else {
      const answer = fault?.answer ?? (await this.#answer(call, req));
      await trouble.after?.(troubled);
      this.#write(res, answer);
    }
    this.#news.emit('call');
  }

  /** The store of the bytes is another service: a token has no business there. */
  #bytes(req: IncomingMessage, res: ServerResponse, { pathname }: URL): void {
    if (req.headers.authorization !== undefined)
      this.violations.push('a token was shown to the store of the artifacts');
    const id = Number(pathname.slice(BYTES_PATH.length));
    const artifacts = this.repositories.flatMap((repository) => repository.artifacts);
    res.end(artifacts.find((artifact) => artifact.id === id)?.zip);
  }

  async #answer(call: MatchedCall | undefined, req: IncomingMessage): Promise<ApiAnswer> {
    if (!call) return this.#violated(404, `${req.method} ${req.url} is not in the description`);
    const faults = [...call.faults, ...this.#ruleFaults(call)];
    if (faults.length > 0) return this.#violated(422, `${call.operation}: ${faults.join('; ')}`);
    const token = (req.headers.authorization ?? '').replace(/^(bearer|token) /i, '');
    const answer = call.operation.startsWith('GET /installation/')
      ? this.#ofInstallation(call, token)
      : call.params.owner === undefined
        ? await this.#ofApp(call, token, req)
        : this.#ofRepository(call, token);
    return answer.status < 300 ? { ...answer, body: this.#published(call, answer) } : answer;
  }

  #ruleFaults({ operation, body }: MatchedCall): string[] {
    return /check-runs/.test(operation) && !operation.startsWith('GET') ? checkRunFaults(body) : [];
  }

  async #ofApp(call: MatchedCall, jwt: string, req: IncomingMessage): Promise<ApiAnswer> {
    const why = this.credentials.whyNotApp(jwt, call.nowMs + this.app.clockAheadMs);
    if (why !== '')
      return { status: 401, body: { message: `A JSON web token could not be decoded: ${why}` } };
    switch (call.operation) {
      case 'GET /app':
        return { status: 200, body: this.app.json(this.credentials.appId) };
      case 'GET /app/hook/config':
        return { status: 200, body: this.app.hookJson(this.deliveries.target) };
      case 'POST /app/installations/{installation_id}/access_tokens':
        return { status: 201, body: this.#issue(Number(call.params.installation_id), req) };
      case 'GET /app/installations':
        return { status: 200, body: this.app.installationsJson(this.credentials.appId) };
      case 'GET /app/hook/deliveries':
        return this.#deliveryList(call);
      case 'POST /app/hook/deliveries/{delivery_id}/attempts':
        await this.deliveries.again(Number(call.params.delivery_id));
        return { status: 202, body: {} };
      default:
        return { status: 404, body: { message: 'Not Found' } };
    }
  }

  #issue(installation: number, req: IncomingMessage): Json {
    const forced = req.headers['x-github-stateless-s2s-token'];
    const form =
      forced === undefined ? this.tokenForm : forced === 'enabled' ? 'stateless' : 'opaque';
    return {
      ...this.credentials.issue(installation, form, Date.now()),
      permissions: { checks: 'write' },
    };
  }

  #deliveryList({ query }: MatchedCall): ApiAnswer {
    const { items, next } = this.deliveries.list({
      cursor: query.get('cursor'),
      perPage: Number(query.get('per_page') ?? 30),
      failed: query.get('status') === 'failure',
    });
    const link = `<${this.url}/app/hook/deliveries?cursor=${next}>; rel="next"`;
    return { status: 200, body: items, headers: next === undefined ? {} : { link } };
  }

  #ofInstallation({ nowMs }: MatchedCall, token: string): ApiAnswer {
    const installation = this.credentials.installationOf(token, nowMs);
    if (installation === undefined) return { status: 401, body: { message: 'Bad credentials' } };
    const mine = this.repositories.filter((each) => each.installation === installation);
    const repositories = mine.map(({ json }) => json);
    return { status: 200, body: { total_count: repositories.length, repositories } };
  }

  #ofRepository(call: MatchedCall, token: string): ApiAnswer {
    const installation = this.credentials.installationOf(token, call.nowMs);
    if (installation === undefined) return { status: 401, body: { message: 'Bad credentials' } };
    const name = `${call.params.owner}/${call.params.repo}`;
    const repository = this.repositories.find((each) => each.fullName === name);
    if (repository?.installation !== installation)
      return { status: 404, body: { message: 'Not Found' } };
    const answer = REPOSITORY_ANSWERS[call.operation]?.(call, repository);
    const { location } = answer?.headers ?? {};
    if (location !== undefined) return { status: 302, headers: { location: this.url + location } };
    return answer ?? this.#violated(501, `${call.operation}: the double does not answer it`);
  }

  /** The whole form of the answer; what the double does not care for is made up. */
  #published({ operation }: MatchedCall, { status, body }: ApiAnswer): unknown {
    const response = this.#description.slice.operations?.[operation]?.responses[String(status)];
    const { content } = this.#description.resolve(response ?? {}) as { content?: Json };
    const schema = (content?.['application/json'] as Json | undefined)?.schema;
    if (schema === undefined) return body;
    const items = this.#description.resolve(schema).items;
    const whole = Array.isArray(body)
      ? body.map((each) => sampleOf(this.#description, items, each))
      : sampleOf(this.#description, schema, body);
    const faults = this.#description.faults(schema, whole);
    if (faults.length > 0)
      this.violations.push(`answer to ${operation}: ${faults.slice(0, 3).join('; ')}`);
    return whole;
  }

  #violated(status: number, what: string): ApiAnswer {
    this.violations.push(what);
    return { status, body: { message: `Invalid request.\n\n${what}` } };
  }

  #write(res: ServerResponse, { status, body, headers = {} }: ApiAnswer): void {
    const { remaining } = this.trouble;
    const limits =
      remaining === undefined ? {} : { 'x-ratelimit-remaining': String(Math.max(0, remaining)) };
    const date = new Date(Date.now() + this.app.clockAheadMs).toUTCString();
    res.writeHead(status, { 'content-type': 'application/json', date, ...limits, ...headers });
    res.end(JSON.stringify(body ?? {}));
  }
}

async function readJson(req: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('a request of more than 4 MiB');
    chunks.push(chunk);
  }
  return bytes === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json);
}
