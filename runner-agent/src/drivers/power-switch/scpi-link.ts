import type { Socket } from 'node:net';
import { within } from '../../deadline.js';

const ANSWER_MS = 4000;
const MAX_LINE_CHARS = 4096;

/** One connection. Everything that goes wrong with it is met by the question that waits. */
export class ScpiLink {
  readonly #socket: Socket;
  #text = '';
  #wake: (() => void) | undefined;
  #ended: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-MAX_LINE_CHARS);
      this.#wake?.();
    });
    const end = (error?: Error): void => {
      this.#ended ??= error ?? new Error('it closed the connection');
      this.#wake?.();
    };
    socket.on('error', end);
    socket.on('close', () => end());
  }

  tell(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  async ask(question: string): Promise<string> {
    this.tell(question);
    return await within(ANSWER_MS, `answer to ${question}`, this.#line());
  }

  close(): void {
    this.#socket.destroy();
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end).trim();
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      if (this.#ended) throw this.#ended;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
