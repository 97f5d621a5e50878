import {
  type ConsoleAck,
  type ConsoleChunk,
  type EventAck,
  type EventBatch,
  type EventBody,
  FarmError,
  MAX_CONSOLE_BYTES,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { ConsoleStore, NewsFeed, ReportedBatch } from '../store/ports.js';
import { SerialTasks } from '../timing/serial-tasks.js';
import type { EventCommitter } from './event-committer.js';

/** A log file is larger than the console bytes in it: each record has a few bytes of time and length. */
const MAX_LOG_BYTES = 2 * MAX_CONSOLE_BYTES;

type AttemptKey = Pick<ReportedBatch, 'attemptId' | 'fence' | 'agent'>;
type AttemptEnd = Extract<EventBody, { type: 'attemptEnd' }>;

interface OpenAttemptFacts {
  readonly fence: number;
  readonly agent: string;
}

export interface AttemptIntakeDeps {
  readonly consoles: Pick<ConsoleStore, 'append' | 'seal' | 'reset' | 'size'>;
  readonly committer: EventCommitter;
  /** Undefined for an attempt that is over. */
  readonly open: (attemptId: string) => Promise<OpenAttemptFacts | undefined>;
  readonly news: Pick<NewsFeed, 'publish'>;
  readonly log: Logger;
}

/**
 * Takes what agents report. Console bytes of one attempt are written one after the other; the event that ends an
 * attempt waits for them and is committed only after the log has been proved complete.
 */
export class AttemptIntake {
  readonly #deps: AttemptIntakeDeps;
  /** Console work under way, by attempt. A failed chunk was told to the agent; the next one shows by its offset. */
  readonly #writing = new SerialTasks();

  constructor(deps: AttemptIntakeDeps) {
    this.#deps = deps;
  }

  /** @throws FarmError `forbidden`, `stale_fence`, `payload_too_large`, `storage_full` */
  console(agent: string, chunk: ConsoleChunk): Promise<ConsoleAck> {
    return this.#writing.run(chunk.attemptId, async () => {
      const { attemptId, offset, data } = chunk;
      if (!(await this.#isOpen({ ...chunk, agent }))) throw stale(attemptId);
      if (offset + data.byteLength > MAX_LOG_BYTES)
        throw new FarmError(
          'payload_too_large',
          `console log of ${attemptId} is over ${MAX_LOG_BYTES} bytes`,
        );
      const size = await this.#deps.consoles.append(attemptId, offset, data);
      this.#deps.news.publish({ console: { attemptId, size, done: false } });
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
    if (end) await this.#proveConsole(reported, end);
    const result = await this.#deps.committer.submit(reported);
    if (!result.ok) throw new FarmError(result.code, result.message);
    if (result.ended && end)
      this.#deps.news.publish({
        console: { attemptId: batch.attemptId, size: end.consoleBytes, done: true },
      });
    return { ackedSeq: result.ackedSeq };
  }

  /** Whether the attempt is open under this fence. @throws FarmError `forbidden` when another agent has it */
  async #isOpen({ attemptId, fence, agent }: AttemptKey): Promise<boolean> {
    const open = await this.#deps.open(attemptId);
    if (open && open.agent !== agent)
      throw new FarmError('forbidden', `attempt ${attemptId} belongs to another agent`);
    return open?.fence === fence;
  }

  #proveConsole(batch: ReportedBatch, end: AttemptEnd): Promise<void> {
    const { consoles, log } = this.#deps;
    const { attemptId } = batch;
    return this.#writing.run(attemptId, async () => {
      // Of an attempt that is over the log has been proved; the store knows how to answer.
      if (!(await this.#isOpen(batch))) return;
      const expect = { bytes: end.consoleBytes, sha256: end.consoleSha256 };
      if (await consoles.seal(attemptId, expect)) return;
      const size = await consoles.size(attemptId);
      if (size >= expect.bytes) await consoles.reset(attemptId);
      log.warn({ attemptId, size, expect }, 'console log is not what the agent announced');
      throw new FarmError(
        'console_incomplete',
        `console log of ${attemptId}: ${size} of ${expect.bytes} bytes stored${size >= expect.bytes ? ', damaged; send it again from 0' : ''}`,
      );
    });
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
