import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AgentToController,
  Assignment,
  AttemptEnd,
  BoardSpec,
  ControllerToAgent,
  Welcome,
} from '@greenrack/farm-protocol';
import { Server, type Socket } from 'socket.io';

const WAIT_MS = 120_000;

/** A controller that says what it is told to, and keeps of the answers only how attempts ended. */
export class ScriptedController {
  welcome: Welcome = { controllerId: 'scripted', leaseTtlMs: 30_000, boards: [], attempts: [] };
  image: Buffer = Buffer.alloc(0);
  /** Answers in place of the usual ones, by message; each is given once. */
  readonly answers = new Map<keyof AgentToController, unknown>();
  readonly #ends = new Map<string, AttemptEnd>();
  readonly #waiting = new Set<() => void>();
  readonly #heard = new Map<string, number>();
  #peer: Socket<AgentToController, ControllerToAgent> | undefined;
  readonly #http = createServer((_request, response) => this.#serve(response));
  readonly #io = new Server<AgentToController, ControllerToAgent>(this.#http, {
    transports: ['websocket'],
    maxHttpBufferSize: 64 * 1024 * 1024,
  });

  async listen(): Promise<string> {
    this.#io.of('/agent').on('connection', (socket) => this.#meet(socket));
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Sends an order and waits for its answer. */
  async order(name: keyof ControllerToAgent, message?: unknown): Promise<unknown> {
    if (!this.#peer) throw new Error('no agent is connected');
    const untyped: Pick<Socket, 'timeout'> = this.#peer;
    const what = message === undefined ? [] : [message];
    return await untyped.timeout(WAIT_MS).emitWithAck(name, ...what);
  }

  /** Orders an attempt and waits for its end. */
  async run(assignment: Assignment): Promise<AttemptEnd> {
    const reply = (await this.order('assign', assignment)) as { ok: boolean; message?: string };
    if (!reply.ok) throw new Error(`assign: ${reply.message}`);
    return await this.ended(assignment.attemptId);
  }

  async ended(attemptId: string): Promise<AttemptEnd> {
    await this.#until(() => this.#ends.has(attemptId));
    return this.#ends.get(attemptId) as AttemptEnd;
  }

  /** Resolves when the agent has sent one more message of that name. */
  async next(name: keyof AgentToController): Promise<void> {
    const before = this.#heard.get(name) ?? 0;
    await this.#until(() => (this.#heard.get(name) ?? 0) > before);
  }

  /** Cuts the connection; the agent comes back by itself. */
  async greetAgain(welcome: Welcome): Promise<void> {
    this.welcome = welcome;
    const reported = this.next('boards');
    this.#peer?.conn.close();
    await reported;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  async #until(test: () => boolean): Promise<void> {
    if (test()) return;
    const signal = AbortSignal.timeout(WAIT_MS);
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!test()) return;
        this.#waiting.delete(look);
        resolve();
      };
      signal.addEventListener('abort', () => reject(new Error(`not within ${WAIT_MS} ms`)));
      this.#waiting.add(look);
    });
  }

  #serve(response: ServerResponse): void {
    response.writeHead(200, { 'content-length': this.image.length }).end(this.image);
  }

  #meet(socket: Socket<AgentToController, ControllerToAgent>): void {
    this.#peer = socket;
    const answered = <T>(name: keyof AgentToController, usual: T): T => {
      const scripted = this.answers.get(name);
      this.answers.delete(name);
      this.#heard.set(name, (this.#heard.get(name) ?? 0) + 1);
      queueMicrotask(() => {
        for (const look of [...this.#waiting]) look();
      });
      return scripted === undefined ? usual : (scripted as T);
    };
    socket.on('hello', (_hello, reply) => reply(answered('hello', { ok: true, ...this.welcome })));
    socket.on('boards', (_report, reply) => reply(answered('boards', { ok: true })));
    socket.on('renew', (_leases, reply) => reply(answered('renew', { ok: true, lost: [] })));
    socket.on('console', ({ offset, data }, reply) =>
      reply(answered('console', { ok: true, ackedConsoleBytes: offset + data.byteLength })),
    );
    socket.on('events', ({ attemptId, events }, reply) => {
      const last = events.at(-1);
      if (last?.body.type === 'attemptEnd') this.#ends.set(attemptId, last.body);
      reply(answered('events', { ok: true, ackedSeq: last?.seq ?? 0 }));
    });
  }
}

/** What an agent is greeted with that has one board and nothing to do. */
export const plainWelcome = (board: BoardSpec): Welcome => ({
  controllerId: 'scripted',
  leaseTtlMs: 30_000,
  boards: [board],
  attempts: [],
});
