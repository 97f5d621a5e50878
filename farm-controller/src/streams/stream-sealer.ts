import { createHash } from 'node:crypto';
import { streamKind } from '@greenrack/farm-model';
import { isRetryable } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type {
  ArtifactStore,
  ClosedAttempt,
  StoredStream,
  StreamKey,
  StreamRow,
  StreamSpool,
  StreamStore,
} from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import { eventLine } from './sealed-events.js';
import { sealedBytes } from './sealed-format.js';
import { sealedKey } from './sealed-stream.js';

/** Attempts that share a transaction. */
const AT_ONCE = 32;
/** Events that are read from the database at a time, and attempts that a start looks up. */
const EVENTS_PAGE = 1_000;
const ATTEMPTS_PAGE = 1_000;
/** After the artifact store or the database has failed. */
const RETRY_MS = 10_000;

export interface StreamSealerDeps {
  readonly streams: StreamStore;
  readonly spool: StreamSpool;
  readonly artifacts: Pick<ArtifactStore, 'put'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Packs the streams of ended attempts into the artifact store: events out of the database, the others out of the spool,
 * one after the other so that what runs comes first. The source goes after the commit that says where the bytes are
 * now; whoever dies before does it again after the next start.
 */
export class StreamSealer {
  readonly #deps: StreamSealerDeps;
  readonly #waiting = new Set<string>();
  readonly #retry: ArmedTimer;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(deps: StreamSealerDeps) {
    this.#deps = deps;
    this.#retry = new ArmedTimer(deps.clock, () => this.#go());
  }

  /** These attempts are over. */
  ended(attemptIds: readonly string[]): void {
    for (const id of attemptIds) this.#waiting.add(id);
    this.#go();
  }

  /** Looks for what an earlier process has left; what cannot be looked for is left to the next start. */
  async start(): Promise<void> {
    const { spool, streams, log } = this.#deps;
    try {
      for await (const id of spool.attempts()) this.#waiting.add(id);
      for (let ids = await streams.unstored('', ATTEMPTS_PAGE); ids.length > 0; ) {
        for (const id of ids) this.#waiting.add(id);
        ids = await streams.unstored(ids.at(-1) ?? '', ATTEMPTS_PAGE);
      }
    } catch (error) {
      log.error({ err: error }, 'streams of earlier attempts are not looked for');
    }
    this.#go();
  }

  /** Resolves when there is nothing to do, or it is to be tried again later. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Resolves when the attempt that is under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.close();
    await this.#working;
  }

  #go(): void {
    if (this.#closed || this.#waiting.size === 0) return;
    this.#working ??= this.#work().then((isDone) => {
      this.#working = undefined;
      if (isDone) this.#go();
    });
  }

  /** False when it is to be tried again later. */
  async #work(): Promise<boolean> {
    const { clock, log } = this.#deps;
    try {
      while (this.#waiting.size > 0 && !this.#closed) await this.#sealSome();
      return true;
    } catch (error) {
      log.error({ err: error, waiting: this.#waiting.size }, 'streams are not stored yet');
      this.#retry.armBy(clock.now() + RETRY_MS);
      return false;
    }
  }

  async #sealSome(): Promise<void> {
    const { streams, spool } = this.#deps;
    const ids = firstOf(this.#waiting, AT_ONCE);
    const batch: Batch = { stored: [], spooled: [] };
    const sealing = this.#sealAll(await streams.ended(ids), batch);
    // What was put before one failed counts.
    await sealing.catch(() => undefined);
    await streams.stored(batch.stored);
    for (const key of batch.spooled) await spool.remove(key);
    await sealing;
    for (const id of ids) this.#waiting.delete(id);
  }

  async #sealAll(attempts: readonly ClosedAttempt[], batch: Batch): Promise<void> {
    for (const attempt of attempts)
      try {
        if (!this.#closed) await this.#seal(attempt, batch);
      } catch (error) {
        if (isRetryable(error)) throw error;
        const { attemptId } = attempt;
        // It stays where it is, readable, and keeps no other waiting; the next start tries again.
        this.#deps.log.error({ err: error, attemptId }, 'streams of an attempt cannot be stored');
      }
  }

  async #seal(attempt: ClosedAttempt, { stored, spooled }: Batch): Promise<void> {
    const events = await this.#sealEvents(attempt);
    if (events) stored.push(events);
    const { attemptId } = attempt;
    for (const { name, bytes } of await this.#deps.spool.files(attemptId)) {
      const key = { attemptId, name };
      if (!isStored(attempt, name)) {
        const expect = attempt.streams.get(name);
        // Another controller has all of it: the agent went there before the end.
        if (expect && expect.bytes !== bytes) continue;
        const put = await this.#put(key, this.#deps.spool.read(key, 0), expect);
        stored.push({ ...key, kind: streamKind(name), ...put });
      }
      spooled.push(key);
    }
  }

  async #sealEvents(attempt: ClosedAttempt): Promise<StoredStream | undefined> {
    const key = { attemptId: attempt.attemptId, name: 'events' };
    if (!attempt.streams.has('events') || isStored(attempt, 'events')) return undefined;
    try {
      return { ...key, kind: 'events', ...(await this.#put(key, this.#events(attempt))) };
    } catch (error) {
      // Another controller has stored them.
      if (error instanceof EventsGone) return undefined;
      throw error;
    }
  }

  /** What is put must be whole: of events that go meanwhile nothing is put. */
  async *#events({ attemptId, lastSeq }: ClosedAttempt): AsyncGenerator<Uint8Array> {
    for (let seq = 0; seq < lastSeq; ) {
      const rows = await this.#deps.streams.eventRows(attemptId, seq, EVENTS_PAGE);
      const last = rows.at(-1);
      if (!last || last.seq !== seq + rows.length) throw new EventsGone();
      yield Buffer.from(rows.map((row) => eventLine(row.seq, row.at_us, row.body_json)).join(''));
      seq = last.seq;
    }
  }

  /** Puts nothing when the bytes are not those that the attempt ended with. */
  async #put(
    key: StreamKey,
    source: AsyncIterable<Uint8Array>,
    expect?: StreamRow,
  ): Promise<{ bytes: number; sha256: string; storedBytes: number }> {
    const hash = createHash('sha256');
    let bytes = 0;
    let sha256 = '';
    async function* measured() {
      for await (const piece of source) {
        hash.update(piece);
        bytes += piece.byteLength;
        yield piece;
      }
      sha256 = hash.digest('hex');
      if (expect && expect.sha256 !== sha256)
        throw new Error(
          `stream ${key.name} of ${key.attemptId} is damaged: it has ${sha256}, not ${expect.sha256}`,
        );
    }
    const level = isPacked(key.name) ? 0 : undefined;
    const packed = sealedBytes(measured(), level);
    const storedBytes = await this.#deps.artifacts.put(sealedKey(key), packed);
    return { bytes, sha256, storedBytes };
  }
}

/** What has been put, and what of the spool is not needed any more. */
interface Batch {
  readonly stored: StoredStream[];
  readonly spooled: StreamKey[];
}

/** The events of an attempt are not in the database any more. */
class EventsGone extends Error {}

const isPacked = (name: string): boolean => name !== 'events' && streamKind(name) === 'trace';

function isStored({ streams }: ClosedAttempt, name: string): boolean {
  return streams.get(name)?.storedBytes != null;
}

function firstOf<T>(items: Iterable<T>, n: number): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === n) break;
  return first;
}
