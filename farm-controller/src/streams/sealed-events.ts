import { type AttemptEvent, attemptEventSchema } from '@greenrack/farm-protocol';
import type { SealedStream } from './sealed-stream.js';

const LINE_FEED = 0x0a;

/** One event as its line. */
export function eventLine(seq: number, atUs: number, bodyJson: string): string {
  return `{"seq":${seq},"atUs":${atUs},"body":${bodyJson}}\n`;
}

/** Events after number `afterSeq`, at most `limit`, without reading what stands far before them. */
export async function sealedEvents(
  stream: SealedStream,
  afterSeq: number,
  limit: number,
): Promise<AttemptEvent[]> {
  const events: AttemptEvent[] = [];
  const first = await blockBefore(stream, afterSeq);
  for await (const line of linesFrom(stream, first)) {
    if (seqOf(line) <= afterSeq) continue;
    events.push(attemptEventSchema.parse(JSON.parse(line)));
    if (events.length === limit) break;
  }
  return events;
}

/** The last block in which a line begins that is no later than the event after `afterSeq`. */
async function blockBefore(stream: SealedStream, afterSeq: number): Promise<number> {
  let low = 0;
  let high = stream.blocks - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const seq = firstSeq(await stream.block(middle));
    // A block in the middle of one long line has no beginning: look before it.
    if (seq !== undefined && seq <= afterSeq + 1) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Number of the first event that begins in the block, behind the end of another. */
function firstSeq(block: Buffer): number | undefined {
  const at = block.indexOf(LINE_FEED) + 1;
  const head = at === 0 ? '' : block.toString('latin1', at, at + 40);
  return /^\{"seq":\d+,/.test(head) ? seqOf(head) : undefined;
}

const seqOf = (line: string) => Number.parseInt(line.slice('{"seq":'.length), 10);

/** Whole lines from block `first` on; the rest of a line that began before is left out. */
async function* linesFrom(stream: SealedStream, first: number): AsyncGenerator<string> {
  let isCut = first > 0;
  let rest: Buffer[] = [];
  for await (const block of stream.from(first)) {
    let start = 0;
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      rest.push(block.subarray(start, end));
      if (!isCut) yield Buffer.concat(rest).toString('utf8');
      isCut = false;
      rest = [];
      start = end + 1;
    }
    if (!isCut) rest.push(block.subarray(start));
  }
}
