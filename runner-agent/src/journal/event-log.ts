import { createReadStream } from 'node:fs';
import { type AttemptEvent, attemptEventSchema } from '@greenrack/farm-protocol';
import { isMissing } from '../storage/missing.js';

/*
 * events.jsonl: one event per line as JSON, numbered 1, 2, 3… The process may die in the middle of a line, so the last
 * line counts only with its line feed.
 */
const LINE_FEED = 0x0a;
/** Longer lines cannot be ours: the largest event is a crash block of 400 lines. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;

export interface LoadedEvents {
  readonly events: AttemptEvent[];
  /** Bytes of the file that hold them; what stands behind is torn. */
  readonly sizeBytes: number;
}

/** One event as its line. */
export function encodeEvent(event: AttemptEvent): Uint8Array {
  return Buffer.from(`${JSON.stringify(event)}\n`);
}

/** Reads an event log up to the first line that is torn, damaged or out of order. A missing file is an empty log. */
export async function loadEvents(path: string): Promise<LoadedEvents> {
  const events: AttemptEvent[] = [];
  let sizeBytes = 0;
  try {
    for await (const line of completeLines(path)) {
      const event = decodeEvent(line, events.length + 1);
      if (!event) break;
      events.push(event);
      sizeBytes += line.length + 1;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return { events, sizeBytes };
}

async function* completeLines(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path)) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_LINE_BYTES) return;
  }
}

function decodeEvent(line: Buffer, seq: number): AttemptEvent | undefined {
  try {
    const event = attemptEventSchema.safeParse(JSON.parse(line.toString('utf8')));
    return event.success && event.data.seq === seq ? event.data : undefined;
  } catch {
    // Not JSON: a disk that lost a block. Everything before it is still good.
    return undefined;
  }
}
