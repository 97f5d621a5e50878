import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import { Turns } from '../timing/turns.js';
import type { ReportRun } from './report-run.js';
import type { ReportWriter } from './report-writer.js';

const BYTES_AT_ONCE = 64 * 1024;
/** Far more than 5000 runs need; whoever fills a disk by asking for reports is stopped here. */
const MAX_REPORT_BYTES = 1024 * 1024 * 1024;

/** A report on disk. Its beginning is made last, because totals stand there. */
export interface SpooledReport {
  readonly head: Uint8Array;
  readonly body: FileHandle;
  readonly bodyBytes: number;
}

/**
 * Makes a report, in short turns of the event loop. Its file has no name any more when it is written to: whatever ends
 * this process, nothing is left behind.
 * @throws what `signal` aborts with, once nobody wants the report any more
 */
export async function spoolReport(
  dir: string,
  source: { readonly writer: ReportWriter; readonly runs: AsyncIterable<ReportRun> },
  signal: AbortSignal,
): Promise<SpooledReport> {
  const body = await openNameless(dir);
  try {
    const bodyBytes = await writeBody(body, source, signal);
    return { head: Buffer.from(source.writer.head()), body, bodyBytes };
  } catch (error) {
    await body.close();
    throw error;
  }
}

async function openNameless(dir: string): Promise<FileHandle> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

async function writeBody(
  file: FileHandle,
  { writer, runs }: { readonly writer: ReportWriter; readonly runs: AsyncIterable<ReportRun> },
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  let held = '';
  const flush = async (): Promise<void> => {
    const piece = Buffer.from(held);
    held = '';
    bytes += piece.byteLength;
    if (bytes > MAX_REPORT_BYTES)
      throw new FarmError(
        'payload_too_large',
        `the report is larger than ${MAX_REPORT_BYTES} bytes`,
      );
    await file.writeFile(piece);
  };
  // An embedded database answers, and a disk takes, without letting the event loop turn.
  const turns = new Turns(signal);
  for await (const run of runs) {
    for (const piece of writer.run(run)) {
      held += piece;
      if (held.length >= BYTES_AT_ONCE) await flush();
      await turns.pass();
    }
  }
  held += writer.tail();
  await flush();
  return bytes;
}

/** The bytes of a report, for as many readers at once as there are. */
export async function* reportBytes({
  head,
  body,
  bodyBytes,
}: SpooledReport): AsyncGenerator<Uint8Array> {
  yield head;
  for (let at = 0; at < bodyBytes; ) {
    const buffer = Buffer.allocUnsafe(Math.min(BYTES_AT_ONCE, bodyBytes - at));
    const { bytesRead } = await body.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error(`a report ends at ${at} of ${bodyBytes} bytes`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
