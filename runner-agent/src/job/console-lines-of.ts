import { createReadStream } from 'node:fs';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';

/** Lines that are kept; more cut no phases. */
const MAX_LINES = 10_000;
const MAX_LINE_CHARS = 1000;

/** A line of a console, and when its end was read, in µs since the attempt began. */
export interface ConsoleLine {
  readonly text: string;
  readonly atUs: number;
}

/** The lines that a board wrote and that hold one of the texts, of a log that is closed. */
export async function consoleLines(path: string, texts: readonly string[]): Promise<ConsoleLine[]> {
  if (texts.length === 0) return [];
  const decoder = new ConsoleLogDecoder();
  const lines: ConsoleLine[] = [];
  let line = '';
  const pieces: AsyncIterable<Buffer> = createReadStream(path);
  for await (const piece of pieces)
    for (const { direction, bytes, atUs } of decoder.push(piece)) {
      if (direction === 'tx') continue;
      const parts = (line + Buffer.from(bytes).toString('latin1')).split(/[\r\n]+/);
      line = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
      for (const text of parts)
        if (lines.length < MAX_LINES && texts.some((each) => text.includes(each)))
          lines.push({ text, atUs });
    }
  return lines;
}
