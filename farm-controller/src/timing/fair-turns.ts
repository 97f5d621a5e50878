import { FarmError } from '@greenrack/farm-protocol';

export interface FairLimits {
  /** Pieces of work that are done at a time. */
  readonly places: number;
  /** Of one party at a time: fewer, so that one place is open to the others. */
  readonly placesEach: number;
  /** Of one party that wait. */
  readonly waitingEach: number;
}

interface Waiting {
  start(): void;
}

/**
 * Shares out a few places among parties: each gets its turn, however much work another one brings. Work whose signal is
 * aborted before its turn is dropped.
 */
export class FairTurns {
  readonly #limits: FairLimits;
  /** Whoever had a turn goes to the end. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #busy = new Map<string, number>();
  #taken = 0;

  constructor(limits: FairLimits) {
    this.#limits = limits;
  }

  /** @throws FarmError `too_many_requests` when too much of the party waits; the reason of `signal` when that is aborted first */
  async run<T>(party: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    await this.#place(party, signal);
    try {
      return await work();
    } finally {
      this.#leave(party);
    }
  }

  #place(party: string, signal: AbortSignal): Promise<void> {
    const line = this.#waiting.get(party) ?? [];
    if (line.length >= this.#limits.waitingEach)
      throw new FarmError(
        'too_many_requests',
        `${line.length} pieces of work of this tenant wait already: try again when some are done`,
        {
          context: { retryAfterS: 10 },
        },
      );
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener('abort', drop);
          resolve();
        },
      };
      const drop = () => {
        this.#forget(party, waiting);
        reject(signal.reason);
      };
      signal.addEventListener('abort', drop, { once: true });
      this.#waiting.set(party, [...line, waiting]);
      this.#next();
    });
  }

  #next(): void {
    for (const [party, [first]] of this.#waiting) {
      if (this.#taken >= this.#limits.places) return;
      const busy = this.#busy.get(party) ?? 0;
      if (!first || busy >= this.#limits.placesEach) continue;
      this.#forget(party, first);
      this.#busy.set(party, busy + 1);
      this.#taken += 1;
      first.start();
    }
  }

  #leave(party: string): void {
    const busy = (this.#busy.get(party) ?? 1) - 1;
    if (busy === 0) this.#busy.delete(party);
    else this.#busy.set(party, busy);
    this.#taken -= 1;
    this.#toTheEnd(party, this.#waiting.get(party) ?? []);
    this.#next();
  }

  #forget(party: string, waiting: Waiting): void {
    const rest = (this.#waiting.get(party) ?? []).filter((other) => other !== waiting);
    this.#toTheEnd(party, rest);
  }

  #toTheEnd(party: string, line: Waiting[]): void {
    this.#waiting.delete(party);
    if (line.length > 0) this.#waiting.set(party, line);
  }
}
