import { FairTurns } from '../timing/fair-turns.js';
import type { SpooledReport } from './report-spool.js';

/** Reports that are kept for the next reader, and their bytes on disk. */
const MAX_KEPT = 32;
const MAX_KEPT_BYTES = 256 * 1024 * 1024;

/** Reports that one tenant may wait for. */
const MAX_WAITING_EACH = 50;

/** A wish for a report. */
export interface ReportOrder {
  /** Names a report that will never change; undefined for one that may. */
  readonly key: string | undefined;
  /** Who waits for it. */
  readonly tenant: string;
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
  make(): Promise<SpooledReport>;
}

interface Copy {
  readonly report: SpooledReport;
  readers: number;
  isKept: boolean;
}

/** Makes reports one at a time and keeps those that cannot change, the latest read longest. */
export class ReportShelf {
  readonly #turns = new FairTurns({ places: 1, placesEach: 1, waitingEach: MAX_WAITING_EACH });
  readonly #kept = new Map<string, Copy>();
  #isClosed = false;

  /** Gets or makes a report and lets `read` have it until that settles. */
  async lend(order: ReportOrder, read: (report: SpooledReport) => Promise<void>): Promise<void> {
    const copy =
      this.#take(order.key) ??
      (await this.#turns.run(
        order.tenant,
        order.signal,
        async () => this.#take(order.key) ?? this.#keep(order.key, await order.make()),
      ));
    try {
      await read(copy.report);
    } finally {
      copy.readers -= 1;
      await closeUnused([copy]);
      await this.#makeRoom();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#makeRoom();
  }

  #take(key: string | undefined): Copy | undefined {
    const copy = key === undefined ? undefined : this.#kept.get(key);
    if (key === undefined || !copy) return undefined;
    copy.readers += 1;
    this.#kept.delete(key);
    this.#kept.set(key, copy);
    return copy;
  }

  #keep(key: string | undefined, report: SpooledReport): Copy {
    const copy = { report, readers: 1, isKept: key !== undefined };
    if (key !== undefined) this.#kept.set(key, copy);
    return copy;
  }

  async #makeRoom(): Promise<void> {
    const gone: Copy[] = [];
    for (const [key, copy] of this.#kept) {
      if (!this.#isClosed && this.#fits()) break;
      this.#kept.delete(key);
      copy.isKept = false;
      gone.push(copy);
    }
    await closeUnused(gone);
  }

  #fits(): boolean {
    let bytes = 0;
    for (const { report } of this.#kept.values()) bytes += report.bodyBytes;
    return this.#kept.size <= MAX_KEPT && bytes <= MAX_KEPT_BYTES;
  }
}

async function closeUnused(copies: readonly Copy[]): Promise<void> {
  for (const { report, readers, isKept } of copies)
    if (readers === 0 && !isKept) await report.body.close();
}
