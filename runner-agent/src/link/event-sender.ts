import { type AttemptEvent, MAX_EVENTS_PER_BATCH } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { type AgentSocket, ask } from './link-socket.js';

const ackSchema = z.object({ ackedSeq: z.number().int().min(0) });

/** One message may not be over 1 MB on socket.io; the largest single event has 400 kB. */
const MAX_BATCH_BYTES = 512 * 1024;

/** Sends the events of one attempt in order, one batch at a time. */
export class EventSender {
  readonly #journal: AttemptJournal;
  #acked = 0;
  #sending = false;

  constructor(journal: AttemptJournal) {
    this.#journal = journal;
  }

  /** Number of the last event that the controller has committed. */
  get ackedSeq(): number {
    return this.#acked;
  }

  /** A message is under way. */
  get busy(): boolean {
    return this.#sending;
  }

  /** The controller has the events up to `seq`: go on from there. */
  resumeFrom(seq: number): void {
    this.#acked = seq;
  }

  /**
   * Sends the next batch, if there is one and none is under way. Answers whether more may follow.
   * @param logSent - the whole console log has left: only then may the last event follow it
   */
  async sendNext(socket: AgentSocket, logSent: boolean): Promise<boolean> {
    const events = this.#sending ? [] : this.#nextBatch(logSent);
    if (events.length === 0) return false;
    this.#sending = true;
    try {
      const { attemptId, fence } = this.#journal.assignment;
      const reply = await ask(socket, ['events', { attemptId, fence, events }], ackSchema);
      this.#acked = Math.min(reply.ackedSeq, this.#journal.writtenSeq);
      return true;
    } finally {
      this.#sending = false;
    }
  }

  #nextBatch(logSent: boolean): AttemptEvent[] {
    const events = this.#journal.eventsAfter(this.#acked, MAX_EVENTS_PER_BATCH, MAX_BATCH_BYTES);
    if (!logSent && events.at(-1)?.body.type === 'attemptEnd') events.pop();
    return events;
  }
}
