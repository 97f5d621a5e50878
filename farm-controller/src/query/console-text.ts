import { ConsoleLogDecoder, type ConsoleRecord } from '@greenrack/farm-protocol';

const LF = 0x0a;

/** What the board wrote, byte for byte. */
export async function* plainText(log: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const record of recordsOf(log)) if (record.direction === 'rx') yield record.bytes;
}

/** What the board wrote, each line after the time of its first byte: `[    1.234567] `, seconds since the start. */
export async function* timedText(log: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let atLineStart = true;
  for await (const { atUs, direction, bytes } of recordsOf(log)) {
    if (direction !== 'rx') continue;
    for (let from = 0; from < bytes.length; ) {
      if (atLineStart) yield Buffer.from(`[${(atUs / 1e6).toFixed(6).padStart(12)}] `);
      const lineEnd = bytes.indexOf(LF, from);
      const to = lineEnd < 0 ? bytes.length : lineEnd + 1;
      yield bytes.subarray(from, to);
      atLineStart = lineEnd >= 0;
      from = to;
    }
  }
}

/**
 * One JSON object per line: first `{"startedMs"}`, then `{"atUs","direction","text"}` per record. Characters that were
 * cut between two records stand in the later one; bytes that are no UTF-8 become U+FFFD.
 */
export async function* jsonLines(log: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new ConsoleLogDecoder();
  const text = { rx: new TextDecoder(), tx: new TextDecoder() };
  let begun = false;
  for await (const piece of log) {
    const records = decoder.push(piece);
    if (!begun && decoder.wallMs !== undefined) {
      begun = true;
      yield `${JSON.stringify({ startedMs: decoder.wallMs })}\n`;
    }
    for (const { atUs, direction, bytes } of records)
      yield `${JSON.stringify({ atUs, direction, text: text[direction].decode(bytes, { stream: true }) })}\n`;
  }
}

async function* recordsOf(log: AsyncIterable<Uint8Array>): AsyncGenerator<ConsoleRecord> {
  const decoder = new ConsoleLogDecoder();
  for await (const piece of log) yield* decoder.push(piece);
}
