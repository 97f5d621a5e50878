import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AgentToController,
  type Assignment,
  type AttemptEnd,
  type AttemptEvent,
  assignmentSchema,
  type ControllerToAgent,
  type EventBody,
  encodeLogHeader,
  encodeRecordHeader,
  type LinkReply,
  MAX_CONSOLE_CHUNK_BYTES,
  PROTOCOL_VERSION,
  type StreamKind,
  type Welcome,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';

type AgentSocket = Socket<ControllerToAgent, AgentToController>;
/** A controller that does not answer for this long has failed the benchmark. */
const REPLY_MS = 30_000;

/** Bytes of a stream that are sent at once. */
const PIECE_BYTES = MAX_CONSOLE_CHUNK_BYTES;

/** Events of one passing run, as a real agent would send them. */
export const EVENTS_PER_RUN = 16;

/** What a simulated board does with an image, from its handshake to its end. */
export interface SimRun {
  readonly lines: readonly string[];
  readonly events: readonly EventBody[];
  readonly end: Pick<AttemptEnd, 'verdict' | 'reason' | 'message'>;
  /** How long the board is busy with it. */
  readonly takesMs: number;
  /** A whole trace, where a power meter is wired to the board. */
  readonly trace?: Uint8Array;
}

interface SentStream {
  readonly name: string;
  readonly kind: StreamKind;
  readonly data: Uint8Array;
}
export type SimScript = (assignment: Assignment) => SimRun;

/**
 * An agent that speaks the link and nothing else: every assignment is done at once, with the events and the console
 * log of a small real run. It measures the controller, not the boards.
 */
export class SimAgent {
  readonly name: string;
  readonly #socket: AgentSocket;
  readonly #running = new Set<Promise<void>>();
  readonly #script: SimScript;
  #hasLeft = false;

  constructor(
    url: string,
    name: string,
    token: string,
    script: SimScript = () => passing(['does nothing']),
  ) {
    this.name = name;
    this.#script = script;
    this.#socket = io(`${url}/agent`, {
      transports: ['websocket'],
      multiplex: false,
      auth: { token },
      autoConnect: false,
    });
    this.#socket.on('assign', (message, reply) => {
      reply({ ok: true, accepted: true });
      const execution = this.#execute(assignmentSchema.parse(message))
        .catch((error: unknown) => {
          if (this.#hasLeft) return;
          // A benchmark with a lost run has no result: end loudly.
          process.stderr.write(`${this.name}: ${String(error)}\n`);
          process.exit(3);
        })
        .finally(() => this.#running.delete(execution));
      this.#running.add(execution);
    });
  }

  /** Connects, says hello and reports every board usable. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', reject);
      this.#socket.connect();
    });
    const hello = {
      protocol: PROTOCOL_VERSION,
      agent: this.name,
      version: 'sim',
      host: 'sim',
      drivers: ['qemu'],
      held: [],
    };
    const welcome = ok<Welcome>(await this.#socket.timeout(REPLY_MS).emitWithAck('hello', hello));
    const boards = welcome.boards.map((board) => ({
      serial: board.serial,
      usable: true,
      detail: 'simulated',
    }));
    ok(await this.#socket.timeout(REPLY_MS).emitWithAck('boards', { boards }));
  }

  /** Leaves once every run under way has its last acknowledgement. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
    this.#socket.disconnect();
  }

  /** Leaves at once, whatever is under way. */
  leave(): void {
    this.#hasLeft = true;
    this.#socket.disconnect();
  }

  async #execute(assignment: Assignment): Promise<void> {
    const key = { attemptId: assignment.attemptId, fence: assignment.fence };
    const run = this.#script(assignment);
    const streams = streamsOf(run);
    const events = numbered(attemptOf(assignment, run, streams));
    const socket = this.#socket.timeout(REPLY_MS);
    const first = socket.emitWithAck('events', { ...key, events: events.slice(0, 6) });
    const sent = piecesOf(streams).map((piece) =>
      socket.emitWithAck('console', { ...key, ...piece }),
    );
    for (const reply of await Promise.all([first, ...sent])) ok(reply);
    if (run.takesMs > 0) await delay(run.takesMs);
    const last = ok<{ ackedSeq: number }>(
      await socket.emitWithAck('events', { ...key, events: events.slice(6) }),
    );
    if (last.ackedSeq !== events.length)
      throw new Error(`acknowledged ${last.ackedSeq} of ${events.length}`);
  }
}

function ok<T>(reply: LinkReply<T>): T {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply;
}

function streamsOf(run: SimRun): SentStream[] {
  const log: SentStream = { name: 'console', kind: 'console', data: logOf(run) };
  return run.trace ? [log, { name: 'trace-power', kind: 'trace', data: run.trace }] : [log];
}

function piecesOf(streams: readonly SentStream[]) {
  return streams.flatMap(({ name: stream, data }) =>
    Array.from({ length: Math.ceil(data.length / PIECE_BYTES) }, (_, at) => {
      const offset = at * PIECE_BYTES;
      return { stream, offset, data: data.subarray(offset, offset + PIECE_BYTES) };
    }),
  );
}

/** A case takes its time, everything else next to none. */
function numbered(bodies: readonly EventBody[]): AttemptEvent[] {
  let atUs = 0;
  return bodies.map((body, i) => {
    atUs += body.type === 'caseEnd' ? body.durationUs : 100;
    return { seq: i + 1, atUs, body };
  });
}

function logOf({ lines, takesMs }: SimRun): Uint8Array {
  const eachUs = Math.max(5, Math.floor((takesMs * 1000) / Math.max(1, lines.length)));
  const records = lines.flatMap((line) => {
    const text = Buffer.from(`${line}\r\n`);
    return [encodeRecordHeader(eachUs, 'rx', text.length), text];
  });
  return Buffer.concat([encodeLogHeader(Date.now()), ...records]);
}

/** A run whose cases all pass at once, with what Mbed's test harness prints of them. */
export function passing(cases: readonly string[]): SimRun {
  const said = cases.length === 1 ? [] : cases.flatMap(caseLines);
  return {
    lines: ['{{__sync;0}}', '{{__version;1.3.0}}', ...said, '{{end;success}}', '{{__exit;0}}'],
    events: [
      { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 10_000, hostTest: 'default_auto' },
      { type: 'casesListed', names: [...cases] },
      ...cases.flatMap((name, i): EventBody[] => [
        { type: 'caseBegin', name },
        { type: 'caseEnd', name, verdict: 'pass', durationUs: 10 + i * 7919, failures: [] },
      ]),
    ],
    end: { verdict: 'pass', reason: 'completed', message: '' },
    takesMs: 0,
  };
}

function caseLines(name: string, i: number): string[] {
  return [
    `>>> Running case #${i + 1}: '${name}'...`,
    `{{__testcase_start;${name}}}`,
    `{{__testcase_finish;${name};1;0}}`,
    `>>> '${name}': 1 passed, 0 failed`,
    '',
  ];
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function attemptOf(
  { board }: Assignment,
  run: SimRun,
  streams: readonly SentStream[],
): EventBody[] {
  const phase = (
    name: 'prepare' | 'flash' | 'run' | 'collect' | 'restore',
  ): [EventBody, EventBody] => [
    { type: 'phaseBegin', phase: name },
    { type: 'phaseEnd', phase: name, ok: true },
  ];
  const [runBegin, runEnd] = phase('run');
  return [
    { type: 'attemptBegin', boardSerial: board.serial, target: board.target, wallMs: Date.now() },
    ...phase('prepare'),
    ...phase('flash'),
    runBegin,
    ...run.events,
    runEnd,
    ...phase('collect'),
    ...phase('restore'),
    {
      type: 'attemptEnd',
      ...run.end,
      streams: streams.map(({ name, kind, data }) => ({
        name,
        kind,
        bytes: data.length,
        sha256: sha256(data),
      })),
    },
  ];
}
