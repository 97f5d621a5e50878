import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  LiveClientToServer,
  LiveServerToClient,
  RunView,
  SubmissionView,
  Verdict,
} from '@greenrack/farm-protocol';
import { Server as SocketServer } from 'socket.io';
import { runView, SUBMISSION_ID, submissionView } from './views.js';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a route answers: JSON, or text or bytes with their own status and type; or nothing, because the line breaks. */
export type Answer = { status?: number; type?: string; body: unknown; lost?: boolean };
type Handler = (request: SeenRequest) => Answer;

/** A farm that only knows what a test tells it: real HTTP and socket.io, no logic. */
export class FakeFarm {
  readonly requests: SeenRequest[] = [];
  readonly routes = new Map<string, Handler>();
  readonly subscriptions: unknown[] = [];
  /** Called after each subscription was acknowledged. */
  onSubscribed: (topic: unknown) => void = () => undefined;
  runs: RunView[] = [];
  submission: SubmissionView = submissionView();
  #http: Server = createServer();
  #sockets: SocketServer<LiveClientToServer, LiveServerToClient> | undefined;
  #port = 0;

  constructor() {
    const at = `/submissions/${SUBMISSION_ID}`;
    this.route('POST /images/query', () => ({ body: { missing: [] } }));
    this.route('POST /submissions', () => this.#created());
    this.route(`GET ${at}`, () => ({ body: this.submission }));
    this.route(`GET ${at}/runs`, () => ({ body: { items: this.runs, nextCursor: null } }));
    this.route(`POST ${at}/cancel`, () => {
      this.#sockets?.fetchSockets().then(
        () => this.finishAll('cancelled'),
        () => undefined,
      );
      return { status: 202, body: {} };
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  route(key: string, handler: Handler): void {
    this.routes.set(key, handler);
  }

  /** Listens; after {@link stop} on the same port again. */
  async start(): Promise<void> {
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#sockets = new SocketServer(this.#http, { transports: ['websocket'] });
    const live = this.#sockets.of('/live');
    live.use((socket, next) => next(socket.handshake.auth.token === 'bad' ? refused() : undefined));
    live.on('connection', (socket) => {
      socket.on('subscribe', (topic, reply) => {
        this.subscriptions.push(topic);
        reply({ ok: true });
        this.onSubscribed(topic);
      });
    });
    this.#http.listen(this.#port, '127.0.0.1');
    await once(this.#http, 'listening');
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await this.#sockets?.close();
  }

  /** Sends a live event to everyone. */
  emit<E extends keyof LiveServerToClient>(
    event: E,
    ...args: Parameters<LiveServerToClient[E]>
  ): void {
    this.#sockets?.of('/live').emit(event, ...(args as never));
  }

  /** Ends one run, and the submission with the last one. Tells nobody. */
  finish(index: number, verdict: Verdict, more: Partial<RunView> = {}): RunView {
    const old = this.runs[index] ?? runView(index);
    const times = { startedMs: old.createdMs + 100, finishedMs: old.createdMs + 500 };
    const revision = old.revision + 1;
    const run: RunView = { ...old, state: 'finished', verdict, ...times, revision, ...more };
    this.runs[index] = run;
    const done = this.runs.filter((each) => each.state === 'finished').length;
    const state = done === this.runs.length ? 'finished' : 'active';
    const { revision: before } = this.submission;
    this.submission = { ...this.submission, runsFinished: done, state, revision: before + 1 };
    return run;
  }

  /** Ends all runs with one verdict and says so to everyone. */
  finishAll(verdict: Verdict): void {
    for (let i = 0; i < this.runs.length; i++) this.emit('run', this.finish(i, verdict));
    this.emit('submission', this.submission);
  }

  #created(): Answer {
    if (this.runs.length === 0) this.runs = [runView(0)];
    this.submission = { ...this.submission, runsTotal: this.runs.length };
    return { status: 201, body: { submission: this.submission, runs: this.runs } };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString('latin1') };
    this.requests.push(seen);
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    const answer = this.routes.get(`${method} ${path}`)?.(seen) ?? notFound(path);
    if (answer.lost) {
      request.socket.destroy();
      return;
    }
    const isRaw = typeof answer.body === 'string' || Buffer.isBuffer(answer.body);
    response.writeHead(answer.status ?? 200, {
      'content-type': answer.type ?? (isRaw ? 'text/plain' : 'application/json'),
    });
    response.end(isRaw ? answer.body : JSON.stringify(answer.body));
  }
}

/** A problem document, as the farm sends it. */
export function problem(status: number, code: string, detail: string, more: object = {}): Answer {
  const body = { type: 'about:blank', title: code, status, detail, code, ...more };
  return { status, type: 'application/problem+json', body };
}

const notFound = (path: string): Answer => problem(404, 'not_found', `nothing at ${path}`);

function refused(): Error {
  return Object.assign(new Error('the token is not valid'), { data: { code: 'unauthorized' } });
}
