import { messageOf } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import type { Refusal } from '../journal/refused-attempts.js';
import type { Logger } from '../logger.js';
import type { Acked } from './attempt-reports.js';
import { EventSender } from './event-sender.js';
import { type AgentSocket, RefusedError } from './link-socket.js';
import { Refusals } from './refusal.js';
import { StreamSender } from './stream-sender.js';

/** A log that the controller found incomplete this often although it has all bytes differs from what its end says. */
const MAX_PROOFS = 3;

export interface AttemptSenderEvents {
  /** The controller has all of it. */
  done(): void;
  /** The controller wants nothing of it any more. */
  unwanted(why: string): void;
  /** The controller will never take the rest of it. */
  refused(refusal: Refusal): void;
  /** The connection is not to be trusted any more. */
  broken(why: string): void;
}

/** The two kinds of messages; each has its own luck. */
type Lane = 'events' | 'streams';

/** Reports one attempt to the controller: whatever is on disk leaves at once, events and streams side by side. */
export class AttemptSender {
  readonly journal: AttemptJournal;
  readonly #events: EventSender;
  readonly #streams = new Map<string, StreamSender>();
  #stored: Acked['streams'] = {};
  readonly #to: AttemptSenderEvents;
  readonly #log: Logger;
  readonly #stopListening: () => void;
  #socket: AgentSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #refusals = { events: new Refusals(), streams: new Refusals() };
  #refused: { readonly lane: Lane; readonly why: string } | undefined;
  #failedProofs = 0;
  #finished = false;

  constructor(journal: AttemptJournal, to: AttemptSenderEvents, log: Logger) {
    this.journal = journal;
    this.#events = new EventSender(journal);
    this.#to = to;
    this.#log = log;
    this.#stopListening = journal.onGrowth(() => this.#pump());
  }

  /** The controller behind `socket` has this much: send the rest there. */
  resume(socket: AgentSocket, acked: Acked): void {
    this.#socket = socket;
    this.#events.resumeFrom(acked.seq);
    this.#stored = acked.streams;
    for (const [name, sender] of this.#streams) sender.resumeFrom(acked.streams[name] ?? 0);
    this.#pump();
  }

  /** Sends nothing until the next {@link resume}. */
  pause(): void {
    this.#socket = undefined;
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  /** Forgets the attempt. */
  stop(): void {
    this.#finished = true;
    this.pause();
    this.#stopListening();
  }

  #pump(): void {
    const socket = this.#socket;
    if (!socket || this.#finished || this.#retry || this.#refused) return;
    if (this.#allAcked()) {
      this.stop();
      this.#to.done();
      return;
    }
    // Streams first: on one connection the last event then arrives behind the bytes that it vouches for.
    for (const sender of this.#senders()) {
      const sending = sender.sendNext(socket, () => this.#pumpEvents(socket));
      this.#follow(socket, 'streams', sending);
    }
    this.#pumpEvents(socket);
  }

  #pumpEvents(socket: AgentSocket): void {
    const allSent = this.#senders().every((sender) => sender.allSent);
    this.#follow(socket, 'events', this.#events.sendNext(socket, allSent));
  }

  #follow(socket: AgentSocket, lane: Lane, sending: Promise<boolean>): void {
    const settled = sending.then(
      (more) => {
        if (more) this.#refusals[lane].passed();
        // A sending that was begun on an older connection held up that of the present one.
        if (more || this.#socket !== socket) this.#pump();
      },
      (error: unknown) => {
        if (this.#socket === socket && !this.#refused) this.#failed(lane, error);
        else this.#pump();
      },
    );
    void settled.then(() => this.#tellRefused());
  }

  #allAcked(): boolean {
    const { journal } = this;
    return (
      journal.ended &&
      this.#events.ackedSeq >= journal.lastSeq &&
      this.#senders().every((sender) => sender.allAcked)
    );
  }

  #failed(lane: Lane, error: unknown): void {
    if (!(error instanceof RefusedError)) {
      this.#to.broken(messageOf(error));
      return;
    }
    const { code, message } = error;
    const kind = this.#refusals[lane].judge(code);
    if (kind === 'forget') {
      this.stop();
      this.#to.unwanted(message);
    } else if (kind === 'reconnect') this.#to.broken(message);
    else if (kind === 'final') this.#refused = { lane, why: `${code}: ${message}` };
    else if (code !== 'console_incomplete' || this.#sendLogAgain(message))
      this.#againLater(lane, error);
  }

  #againLater(lane: Lane, { code, message }: RefusedError): void {
    const { attemptId } = this.journal;
    this.#log.warn({ attemptId, code }, `report refused: ${message}`);
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#pump();
    }, this.#refusals[lane].pauseMs(Math.random()));
  }

  /** Told when nothing is under way any more: only then is it known what the controller has. */
  #tellRefused(): void {
    if (!this.#refused || this.#finished || this.#events.busy) return;
    if (this.#senders().some((sender) => sender.busy)) return;
    const { lane, why } = this.#refused;
    const bytesOf = (name: string, sender: StreamSender) =>
      lane === 'streams' ? sender.ackedBytes : this.journal.streamBytes(name);
    const streamBytes = new Map([...this.#streams].map(([n, sender]) => [n, bytesOf(n, sender)]));
    this.stop();
    this.#to.refused({ why, seq: this.#events.ackedSeq, streamBytes });
  }

  /** One sender for each stream that has begun. */
  #senders(): StreamSender[] {
    return this.journal.streams.map((name) => {
      const known = this.#streams.get(name);
      const sender = known ?? new StreamSender(this.journal, name, this.#stored[name] ?? 0);
      this.#streams.set(name, sender);
      return sender;
    });
  }

  /** The controller lacks bytes that it once acknowledged: from the first on it tells how far it has them. */
  #sendLogAgain(why: string): boolean {
    if (this.#senders().some((sender) => !sender.allAcked)) return true;
    for (const sender of this.#senders()) sender.resumeFrom(0);
    if (++this.#failedProofs < MAX_PROOFS) return true;
    const { attemptId } = this.journal;
    this.#log.error({ attemptId }, `given up, its lease will run out: ${why}; check this disk`);
    this.stop();
    this.#to.unwanted(`the console log is not what its end says: ${why}`);
    return false;
  }
}
