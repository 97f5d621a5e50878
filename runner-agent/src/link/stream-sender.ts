import { byteCountSchema, MAX_CONSOLE_CHUNK_BYTES } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { type AgentSocket, ask } from './link-socket.js';

const ackSchema = z.object({ ackedConsoleBytes: byteCountSchema });

/** Sends one stream of an attempt from where the controller has it, one chunk at a time. */
export class StreamSender {
  readonly #journal: AttemptJournal;
  readonly #name: string;
  #acked = 0;
  #sent = 0;
  #sending = false;

  /** @param acked - bytes that the controller has */
  constructor(journal: AttemptJournal, name: string, acked: number) {
    this.#journal = journal;
    this.#name = name;
    this.resumeFrom(acked);
  }

  /** Bytes that the controller has stored. */
  get ackedBytes(): number {
    return this.#acked;
  }

  /** Everything that is on disk has left. */
  get allSent(): boolean {
    return this.#sent >= this.#bytes;
  }

  /** The controller has everything that is on disk. */
  get allAcked(): boolean {
    return this.#acked >= this.#bytes;
  }

  /** A message is under way. */
  get busy(): boolean {
    return this.#sending;
  }

  /** The controller has the stream up to `bytes`: go on from there. */
  resumeFrom(bytes: number): void {
    this.#acked = bytes;
    this.#sent = bytes;
  }

  /** Sends the next chunk, if there is one and none is under way. Answers whether more may follow. */
  async sendNext(socket: AgentSocket, sent: () => void): Promise<boolean> {
    if (this.#sending || this.allAcked) return false;
    this.#sending = true;
    try {
      const offset = this.#acked;
      const data = await this.#journal.readStream(this.#name, offset, MAX_CONSOLE_CHUNK_BYTES);
      // A socket that went away meanwhile would keep the chunk for a connection that never comes.
      if (!socket.connected) return false;
      const { attemptId, fence } = this.#journal.assignment;
      const chunk = { attemptId, fence, stream: this.#name, offset, data };
      const reply = ask(socket, ['console', chunk], ackSchema);
      this.#sent = offset + data.length;
      sent();
      this.#acked = Math.min((await reply).ackedConsoleBytes, this.#bytes);
      this.#sent = this.#acked;
      return true;
    } finally {
      this.#sending = false;
    }
  }

  get #bytes(): number {
    return this.#journal.streamBytes(this.#name);
  }
}
