import { sealsOf } from '@greenrack/farm-model';
import {
  type AttemptEnd,
  type ConsoleAck,
  type ConsoleChunk,
  type EventAck,
  type EventBatch,
  FarmError,
  MAX_CONSOLE_BYTES,
  type StreamSeal,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { NewsFeed, ReportedBatch, StreamKey, StreamSpool } from '../store/ports.js';
import { SerialTasks } from '../timing/serial-tasks.js';
import type { EventCommitter } from './event-committer.js';

/** A log file is larger than the console bytes in it: each record has a few bytes of time and length. */
const MAX_STREAM_BYTES = 2 * MAX_CONSOLE_BYTES;

/** The stream that people watch while it grows. */
const CONSOLE = 'console';

type AttemptKey = Pick<ReportedBatch, 'attemptId' | 'fence' | 'agent'>;

interface OpenAttemptFacts {
  readonly fence: number;
  readonly agent: string;
}

export interface AttemptIntakeDeps {
  readonly streams: Pick<StreamSpool, 'append' | 'prove' | 'reset' | 'sizes'>;
  readonly committer: EventCommitter;
  /** Undefined for an attempt that is over. */
  readonly open: (attemptId: string) => Promise<OpenAttemptFacts | undefined>;
  readonly news: Pick<NewsFeed, 'publish'>;
  readonly log: Logger;
}

/**
 * Takes what agents report. Bytes of one attempt's streams are written one after the other; the event that ends an
 * attempt waits for them and is committed only after each stream has been proved complete.
 */
export class AttemptIntake {
  readonly #deps: AttemptIntakeDeps;
  /** Work on streams under way, by attempt. A failed chunk was told to the agent; the next one shows by its offset. */
  readonly #writing = new SerialTasks();

  constructor(deps: AttemptIntakeDeps) {
    this.#deps = deps;
  }

  /** @throws FarmError `forbidden`, `stale_fence`, `payload_too_large`, `storage_full` */
  console(agent: string, chunk: ConsoleChunk): Promise<ConsoleAck> {
    return this.#writing.run(chunk.attemptId, async () => {
      const { attemptId, stream: name, offset, data } = chunk;
      if (!(await this.#isOpen({ ...chunk, agent }))) throw stale(attemptId);
      if (offset + data.byteLength > MAX_STREAM_BYTES)
        throw new FarmError(
          'payload_too_large',
          `stream ${name} of ${attemptId} is over ${MAX_STREAM_BYTES} bytes`,
        );
      const size = await this.#deps.streams.append({ attemptId, name }, offset, data);
      if (name === CONSOLE) this.#tell(attemptId, size, false);
      return { ackedConsoleBytes: size };
    });
  }

  /**
   * Resolves after the commit.
   * @throws FarmError `forbidden`, `stale_fence`, `not_found`, `invalid_request`, `console_incomplete`
   */
  async events(agent: string, batch: EventBatch): Promise<EventAck> {
    const end = endOf(batch);
    const reported = { ...batch, agent };
    const seals = end ? sealsOf(end) : [];
    if (end) await this.#proveAll(reported, seals);
    const result = await this.#deps.committer.submit(reported);
    if (!result.ok) throw new FarmError(result.code, result.message);
    if (result.ended) {
      const log = seals.find(({ name }) => name === CONSOLE);
      this.#tell(batch.attemptId, log?.bytes ?? 0, true);
    }
    return { ackedSeq: result.ackedSeq };
  }

  /** Whether the attempt is open under this fence. @throws FarmError `forbidden` when another agent has it */
  async #isOpen({ attemptId, fence, agent }: AttemptKey): Promise<boolean> {
    const open = await this.#deps.open(attemptId);
    if (open && open.agent !== agent)
      throw new FarmError('forbidden', `attempt ${attemptId} belongs to another agent`);
    return open?.fence === fence;
  }

  #tell(attemptId: string, size: number, done: boolean): void {
    this.#deps.news.publish({ console: { attemptId, size, done } });
  }

  #proveAll(batch: ReportedBatch, seals: readonly StreamSeal[]): Promise<void> {
    return this.#writing.run(batch.attemptId, async () => {
      // Of an attempt that is over all has been proved; the store knows how to answer.
      if (!(await this.#isOpen(batch))) return;
      for (const seal of seals) await this.#prove({ ...seal, attemptId: batch.attemptId }, seal);
    });
  }

  async #prove({ attemptId, name }: StreamKey, seal: StreamSeal): Promise<void> {
    const { streams, log } = this.#deps;
    const key = { attemptId, name };
    if (await streams.prove(key, seal)) return;
    const size = (await streams.sizes(attemptId))[name] ?? 0;
    const damaged = size >= seal.bytes;
    if (damaged) await streams.reset(key);
    log.warn({ attemptId, size, seal }, 'a stream is not what the agent announced');
    throw new FarmError(
      'console_incomplete',
      `stream ${name} of ${attemptId}: ${size} of ${seal.bytes} bytes stored${damaged ? ', damaged; send it again from 0' : ''}`,
    );
  }
}

/** The event that ends the attempt. Nothing may follow it: what came after would go round the proof of the log. */
function endOf({ attemptId, events }: EventBatch): AttemptEnd | undefined {
  const at = events.findIndex(({ body }) => body.type === 'attemptEnd');
  if (at >= 0 && at < events.length - 1)
    throw new FarmError(
      'invalid_request',
      `events[${at}] of attempt ${attemptId}: attemptEnd must be the last`,
    );
  const body = events[at]?.body;
  return body?.type === 'attemptEnd' ? body : undefined;
}

function stale(attemptId: string): FarmError {
  return new FarmError('stale_fence', `attempt ${attemptId} is over or belongs to another lease`);
}
