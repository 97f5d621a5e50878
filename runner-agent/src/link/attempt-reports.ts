import { messageOf } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import type { Refusal } from '../journal/refused-attempts.js';
import type { Logger } from '../logger.js';
import { AttemptSender } from './attempt-sender.js';
import type { AgentSocket } from './link-socket.js';

export interface AttemptReportsHost {
  readonly log: Logger;
  /** Forget the attempt. */
  drop(attemptId: string, why: string): Promise<void>;
  /** End the attempt in a way that can be reported. Resolves to its new journal; undefined when it is forgotten. */
  replace(attemptId: string, refusal: Refusal): Promise<AttemptJournal | undefined>;
  /** This journal may be reported from the beginning. */
  replaced(journal: AttemptJournal): void;
  /** The connection is not to be trusted any more. */
  broken(why: string): void;
}

/** How much of an attempt the controller has. */
export interface Acked {
  readonly seq: number;
  /** Of each stream, by name; none of those that are not named. */
  readonly streams: Readonly<Record<string, number>>;
}

/** The senders of all attempts held. */
export class AttemptReports {
  readonly #host: AttemptReportsHost;
  readonly #senders = new Map<string, AttemptSender>();
  /** Attempts whose journal is being replaced: the old one is not to be reported any more. */
  readonly #replacing = new Set<string>();

  constructor(host: AttemptReportsHost) {
    this.#host = host;
  }

  /** Reports the attempt on `socket` from what the controller has of it. */
  resume(journal: AttemptJournal, socket: AgentSocket, acked: Acked): void {
    if (this.#replacing.has(journal.attemptId)) return;
    const shorter = Object.entries(acked.streams).some(
      ([name, n]) => n > journal.streamBytes(name),
    );
    if (acked.seq > journal.writtenSeq || shorter) {
      // This disk lost what the controller has: we can add nothing that is true, so the lease may run out.
      this.drop(journal.attemptId, 'the journal is shorter than what the controller has');
      return;
    }
    const sender = this.#senders.get(journal.attemptId) ?? this.#newSender(journal);
    sender.resume(socket, acked);
  }

  /** Reports nothing more of an attempt. */
  stop(attemptId: string): void {
    this.#senders.get(attemptId)?.stop();
    this.#senders.delete(attemptId);
  }

  /** Stops reporting an attempt and forgets it. */
  drop(attemptId: string, why: string): void {
    this.stop(attemptId);
    this.#host.log.debug({ attemptId }, `attempt dropped: ${why}`);
    this.#host.drop(attemptId, why).catch((error: unknown) => {
      const err = messageOf(error);
      this.#host.log.error({ err, attemptId }, 'an attempt could not be forgotten');
    });
  }

  /** The connection is gone. */
  pauseAll(): void {
    for (const sender of this.#senders.values()) sender.pause();
  }

  #newSender(journal: AttemptJournal): AttemptSender {
    const to = {
      done: () => this.drop(journal.attemptId, 'reported'),
      unwanted: (why: string) => this.drop(journal.attemptId, why),
      refused: (refusal: Refusal) => void this.#replace(journal.attemptId, refusal),
      broken: (why: string) => this.#host.broken(why),
    };
    const sender = new AttemptSender(journal, to, this.#host.log);
    this.#senders.set(journal.attemptId, sender);
    return sender;
  }

  async #replace(attemptId: string, refusal: Refusal): Promise<void> {
    this.stop(attemptId);
    this.#replacing.add(attemptId);
    this.#host.log.error({ attemptId }, `report refused for good: ${refusal.why}`);
    const fresh = await this.#host.replace(attemptId, refusal).catch((error: unknown) => {
      this.drop(attemptId, `its journal could not be replaced: ${messageOf(error)}`);
      return undefined;
    });
    this.#replacing.delete(attemptId);
    if (fresh) this.#host.replaced(fresh);
  }
}
