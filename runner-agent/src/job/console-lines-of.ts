import { createReadStream } from 'node:fs';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';

/** Lines that are looked at; more cut no phases. */
const MAX_LINES = 100_000;
const MAX_LINE_CHARS = 1000;

/** A line of a console, and when its end was read, in µs since the attempt began. */
export interface ConsoleLine {
  readonly text: string;
  readonly atUs: number;
}

/** The lines that a board wrote, of a log that is closed. */
export async function consoleLines(path: string): Promise<ConsoleLine[]> {
  const decoder = new ConsoleLogDecoder();
  const lines: ConsoleLine[] = [];
  let line = '';
  const pieces: AsyncIterable<Buffer> = createReadStream(path);
  for await (const piece of pieces)
    for (const { direction, bytes, atUs } of decoder.push(piece)) {
      if (direction === 'tx') continue;
      const parts = (line + Buffer.from(bytes).toString('latin1')).split(/[\r\n]+/);
      line = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
      lines.push(...parts.map((text) => ({ text, atUs })).slice(0, MAX_LINES - lines.length));
    }
  return lines;
}
