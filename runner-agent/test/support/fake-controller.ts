import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AgentToController,
  type Assignment,
  type AttemptEnd,
  type AttemptEvent,
  type AttemptOrder,
  type BoardSpec,
  type BoardStatus,
  boardsReportSchema,
  type ControllerToAgent,
  consoleChunkSchema,
  type ErrorCode,
  eventBatchSchema,
  type Hello,
  helloSchema,
  renewRequestSchema,
} from '@greenrack/farm-protocol';
import { Server, type Socket } from 'socket.io';

type AgentPeer = Socket<AgentToController, ControllerToAgent>;

/** What the controller has of one attempt. */
export interface Kept {
  readonly assignment: Assignment;
  readonly events: AttemptEvent[];
  console: Buffer;
  /** Streams beside the console, by name. */
  readonly traces: Map<string, Buffer>;
  /** How often a batch or chunk arrived that was stored before. */
  repeats: number;
}

const NOTHING = Buffer.alloc(0);

/** The other end of the link, over a real socket: it keeps what agents send and checks every message by its schema. */
export class FakeController {
  readonly token = `grk_${randomBytes(12).toString('hex')}`;
  readonly boards: BoardSpec[];
  readonly attempts = new Map<string, Kept>();
  readonly images = new Map<string, Buffer>();
  readonly statuses = new Map<string, BoardStatus>();
  /** What came over the link that says whether a board can take work, in the order it came. */
  readonly story: string[] = [];
  readonly hellos: Hello[] = [];
  /** Messages that were not as the protocol says. */
  readonly complaints: string[] = [];
  leaseTtlMs = 30_000;
  downloads = 0;
  /** How many more downloads are cut in the middle, and the link with them. */
  cutDownloads = 0;
  renewals = 0;
  readonly lostLeases = new Set<string>();
  readonly revoked = new Set<string>();
  /** How many more attempts' ends find their log lost, as a controller whose disk failed says it. */
  lostLogs = 0;
  /** Called for every batch before it is acknowledged; answer false to leave it without an answer. */
  onBatch: (kept: Kept) => boolean = () => true;
  /** Answers with which code a batch (or, without events, a piece of the log) is refused. */
  refusal: (events?: readonly AttemptEvent[]) => ErrorCode | undefined = () => undefined;
  readonly #http = createServer((request, response) => this.#serve(request, response));
  readonly #io = new Server<AgentToController, ControllerToAgent>(this.#http, {
    transports: ['websocket'],
  });
  #peer: AgentPeer | undefined;
  #watchers = new Set<() => void>();

  constructor(boards: BoardSpec[]) {
    this.boards = boards;
  }

  async listen(port = 0): Promise<void> {
    this.#io.of('/agent').use((socket, next) => {
      next(socket.handshake.auth.token === this.token ? undefined : new Error('unauthorized'));
    });
    this.#io.of('/agent').on('connection', (socket) => this.#meet(socket));
    this.#http.listen(port, '127.0.0.1');
    await once(this.#http, 'listening');
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  addImage(bytes: Buffer): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.images.set(sha256, bytes);
    return sha256;
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#peer?.conn.close();
  }

  async assign(assignment: Assignment): Promise<unknown> {
    this.attempts.set(assignment.attemptId, {
      assignment,
      events: [],
      console: Buffer.alloc(0),
      traces: new Map(),
      repeats: 0,
    });
    if (!this.#peer) throw new Error('no agent');
    return await this.#peer.timeout(60_000).emitWithAck('assign', assignment);
  }

  async cancel(attemptId: string, why: string): Promise<void> {
    await this.#peer?.timeout(60_000).emitWithAck('cancel', { attemptId, why });
  }

  kept(attemptId: string): Kept {
    const kept = this.attempts.get(attemptId);
    if (!kept) throw new Error(`no attempt ${attemptId}`);
    return kept;
  }

  /** Resolves when `test` holds; it is asked after every message. */
  async until(what: string, test: () => boolean, timeoutMs = 170_000): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`${what}: not within ${timeoutMs} ms`));
      }, timeoutMs);
      const look = (): void => {
        if (!test()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  async agentReady(): Promise<void> {
    await this.until('boards are reported', () =>
      this.boards.every(({ serial }) => this.statuses.has(serial)),
    );
  }

  async ended(attemptId: string): Promise<AttemptEnd> {
    await this.until(`end of ${attemptId}`, () => this.#end(attemptId) !== undefined);
    const end = this.#end(attemptId);
    if (!end) throw new Error('unreachable');
    return end;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  #end(attemptId: string): AttemptEnd | undefined {
    const last = this.attempts.get(attemptId)?.events.at(-1)?.body;
    return last?.type === 'attemptEnd' ? last : undefined;
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const sha256 = request.url?.split('/').at(-1) ?? '';
    const bytes = this.images.get(sha256);
    this.downloads++;
    if (request.headers.authorization !== `Bearer ${this.token}`) response.writeHead(401).end();
    else if (bytes && this.cutDownloads > 0) this.#cutDownload(response, bytes);
    else if (bytes) response.writeHead(200).end(bytes);
    else response.writeHead(404).end(JSON.stringify({ detail: 'There is no such image.' }));
  }

  #cutDownload(response: ServerResponse, bytes: Buffer): void {
    this.cutDownloads--;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      response.destroy();
      this.cut();
    });
  }

  #meet(socket: AgentPeer): void {
    this.#peer = socket;
    socket.on('hello', (message, reply) => {
      const hello = helloSchema.parse(message);
      this.hellos.push(hello);
      reply({
        ok: true,
        controllerId: 'fake',
        leaseTtlMs: this.leaseTtlMs,
        boards: this.boards,
        attempts: hello.held.map((held) => this.#orderFor(held.attemptId)),
      });
      this.#tell();
    });
    socket.on('boards', (message, reply) => {
      for (const status of boardsReportSchema.parse(message).boards) {
        this.statuses.set(status.serial, status);
        this.story.push(`${status.serial} ${status.usable ? 'usable' : 'unusable'}`);
      }
      reply({ ok: true });
      this.#tell();
    });
    socket.on('renew', (message, reply) => {
      this.renewals += renewRequestSchema.parse(message).leases.length;
      reply({ ok: true, lost: [...this.lostLeases] });
      this.#tell();
    });
    socket.on('events', (message, reply) => this.#events(message, reply));
    socket.on('console', (message, reply) => this.#console(message, reply));
  }

  #orderFor(attemptId: string): AttemptOrder {
    const kept = this.attempts.get(attemptId);
    if (!kept || this.revoked.has(attemptId)) return { order: 'drop', attemptId, why: 'unknown' };
    return {
      order: 'keep',
      attemptId,
      ackedSeq: kept.events.length,
      ackedConsoleBytes: kept.console.length,
      ackedBytes: Object.fromEntries([...kept.traces].map(([name, { length }]) => [name, length])),
    };
  }

  #events(...[message, reply]: Parameters<AgentToController['events']>): void {
    const { attemptId, fence, events } = eventBatchSchema.parse(message);
    const kept = this.kept(attemptId);
    if (fence !== kept.assignment.fence || this.revoked.has(attemptId)) {
      reply({ ok: false, code: 'stale_fence', message: 'too late' });
      return;
    }
    const end = events.at(-1)?.body;
    if (end?.type === 'attemptEnd' && end.consoleBytes !== kept.console.length) {
      this.complaints.push(`attemptEnd before its log: ${kept.console.length}`);
      reply({ ok: false, code: 'console_incomplete', message: 'log first' });
      return;
    }
    if (end?.type === 'attemptEnd' && this.lostLogs > 0) {
      this.lostLogs--;
      kept.console = Buffer.alloc(0);
      reply({ ok: false, code: 'console_incomplete', message: 'damaged; send it again from 0' });
      this.#tell();
      return;
    }
    if (this.#refuses(this.refusal(events), reply)) return;
    for (const event of events) this.#keepEvent(kept, event);
    if (this.onBatch(kept)) reply({ ok: true, ackedSeq: kept.events.length });
    this.#tell();
  }

  #refuses(
    code: ErrorCode | undefined,
    reply: (refusal: { ok: false; code: ErrorCode; message: string }) => void,
  ): boolean {
    if (!code) return false;
    reply({ ok: false, code, message: 'not with me' });
    this.#tell();
    return true;
  }

  #keepEvent(kept: Kept, event: AttemptEvent): void {
    if (event.body.type === 'attemptEnd') this.story.push(event.body.reason);
    if (event.seq === kept.events.length + 1) kept.events.push(event);
    else if (event.seq <= kept.events.length) kept.repeats++;
    else this.complaints.push(`gap before event ${event.seq}`);
  }

  #console(...[message, reply]: Parameters<AgentToController['console']>): void {
    const { attemptId, stream, offset, data } = consoleChunkSchema.parse(message);
    const kept = this.kept(attemptId);
    if (this.#refuses(this.refusal(), reply)) return;
    const before = stream === 'console' ? kept.console : (kept.traces.get(stream) ?? NOTHING);
    const now = offset === before.length ? Buffer.concat([before, data]) : before;
    if (stream === 'console') kept.console = now;
    else kept.traces.set(stream, now);
    if (offset < before.length) kept.repeats++;
    if (offset > before.length) this.complaints.push(`gap in ${stream} at ${offset}`);
    reply({ ok: true, ackedConsoleBytes: now.length });
    this.#tell();
  }
}
