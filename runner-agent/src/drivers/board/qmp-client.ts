import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { within } from '../../deadline.js';

/*
 * QEMU Machine Protocol (docs/interop/qmp-spec of QEMU): JSON objects, one per line, both ways.
 *
 *   ◀── {"QMP": {…}}                                 greeting
 *   ──▶ {"execute": "qmp_capabilities", "id": 1}     must come first
 *   ◀── {"return": {}, "id": 1}                      or {"error": {"class", "desc"}, "id": 1}
 *   ◀── {"event": "RESET", "timestamp": {…}}         at any time
 *
 * Commands sent before the greeting are read after it, so nothing is waited for at the start.
 */
const LINE_FEED = '\n';
/** No answer to what we ask is longer; more is a broken emulator. */
const MAX_LINE_CHARS = 1024 * 1024;

const replySchema = z.object({
  QMP: z
    .object({
      version: z.object({
        qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
      }),
    })
    .optional(),
  event: z.string().optional(),
  data: z.looseObject({}).optional(),
  id: z.number().optional(),
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
});

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Client for one QMP connection. */
export class QmpClient {
  /** Takes events; replace it to hear them. */
  onEvent: (name: string, data: Readonly<Record<string, unknown>>) => void = () => undefined;
  #version: string | undefined;
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #text = '';
  #closed: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#take(text));
    stream.on('error', (error) => this.#close(error));
    stream.on('close', () => this.#close(new Error('the emulator closed its control connection')));
    this.#send('qmp_capabilities');
  }

  /** Of the emulator: `7.2.15`. Known as soon as a command has been answered. */
  get version(): string | undefined {
    return this.#version;
  }

  /** Answers what the command returned. @throws Error when it failed, was not answered in time, or QEMU is gone. */
  async execute(command: string, timeoutMs: number): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    const id = this.#send(command);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    try {
      return await within(timeoutMs, `QMP ${command}`, answer);
    } finally {
      this.#waiting.delete(id);
    }
  }

  #send(command: string): number {
    const id = ++this.#lastId;
    this.#stream.write(JSON.stringify({ execute: command, id }));
    return id;
  }

  #take(text: string): void {
    this.#text += text;
    let start = 0;
    for (
      let end = this.#text.indexOf(LINE_FEED);
      end >= 0;
      end = this.#text.indexOf(LINE_FEED, start)
    ) {
      this.#line(this.#text.slice(start, end));
      start = end + 1;
    }
    this.#text = this.#text.slice(start);
    if (this.#text.length > MAX_LINE_CHARS)
      this.#stream.destroy(new Error('the emulator sent an endless line'));
  }

  #line(line: string): void {
    const reply = parseReply(line);
    if (!reply) {
      this.#stream.destroy(new Error('the emulator sent something that is not QMP'));
      return;
    }
    const greeted = reply.QMP?.version.qemu;
    if (greeted) this.#version = `${greeted.major}.${greeted.minor}.${greeted.micro}`;
    if (reply.event !== undefined) this.onEvent(reply.event, reply.data ?? {});
    const waiting = reply.id === undefined ? undefined : this.#waiting.get(reply.id);
    if (reply.error) waiting?.reject(new Error(reply.error.desc));
    else waiting?.resolve(reply.return);
  }

  #close(error: Error): void {
    this.#closed ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#closed);
    this.#waiting.clear();
  }
}

function parseReply(line: string): z.infer<typeof replySchema> | undefined {
  try {
    return replySchema.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: the caller ends the connection.
    return undefined;
  }
}
