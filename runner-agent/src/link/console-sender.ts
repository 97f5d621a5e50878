import { byteCountSchema, MAX_CONSOLE_CHUNK_BYTES } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { type AgentSocket, ask } from './link-socket.js';

const ackSchema = z.object({ ackedConsoleBytes: byteCountSchema });

/** Sends the console log of one attempt from where the controller has it, one chunk at a time. */
export class ConsoleSender {
  readonly #journal: AttemptJournal;
  #acked = 0;
  #sent = 0;
  #sending = false;

  constructor(journal: AttemptJournal) {
    this.#journal = journal;
  }

  /** Bytes that the controller has stored. */
  get ackedBytes(): number {
    return this.#acked;
  }

  /** Bytes that have left on this connection, or were stored before it. */
  get sentBytes(): number {
    return this.#sent;
  }

  /** A message is under way. */
  get busy(): boolean {
    return this.#sending;
  }

  /** The controller has the log up to `bytes`: go on from there. */
  resumeFrom(bytes: number): void {
    this.#acked = bytes;
    this.#sent = bytes;
  }

  /** Sends the next chunk, if there is one and none is under way. Answers whether more may follow. */
  async sendNext(socket: AgentSocket, sent: () => void): Promise<boolean> {
    if (this.#sending || this.#journal.consoleBytes <= this.#acked) return false;
    this.#sending = true;
    try {
      const offset = this.#acked;
      const data = await this.#journal.readConsole(offset, MAX_CONSOLE_CHUNK_BYTES);
      // A socket that went away meanwhile would keep the chunk for a connection that never comes.
      if (!socket.connected) return false;
      const { attemptId, fence } = this.#journal.assignment;
      const reply = ask(socket, ['console', { attemptId, fence, offset, data }], ackSchema);
      this.#sent = offset + data.length;
      sent();
      this.#acked = Math.min((await reply).ackedConsoleBytes, this.#journal.consoleBytes);
      this.#sent = this.#acked;
      return true;
    } finally {
      this.#sending = false;
    }
  }
}
