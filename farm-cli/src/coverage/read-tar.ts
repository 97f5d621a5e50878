/*
 * A tar archive, POSIX.1-2001 ("pax"): per file a header of 512 bytes, its content, zeros up to the next block of 512.
 *
 *   name 0…99 │ … │ size, octal 124…135 │ … │ checksum, octal 148…155 │ type 156 │ …
 *
 * Type 'x' holds records "<length> <key>=<value>\n" about the file after it. A block of zeros ends the archive.
 */
import { ByteReader } from './byte-reader.js';

const BLOCK = 512;

export interface TarFile {
  readonly name: string;
  readonly data: Buffer;
}

/**
 * The ordinary files of an archive, in its order. Holds one at a time.
 * @param maxBytes - a file that is larger is no file of ours
 * @throws Error when the archive is damaged or cut off
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<TarFile> {
  const reader = new ByteReader(bytes);
  let longName: string | undefined;
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const { name, type, size } = readHeader(header);
    if (size > maxBytes) throw new Error(`the archive has a file of ${size} bytes`);
    const data = (await reader.take(Math.ceil(size / BLOCK) * BLOCK)).subarray(0, size);
    if (type === '0' || type === '\0') yield { name: longName ?? name, data };
    longName = type === 'x' ? pathOf(data) : undefined;
  }
}

function readHeader(block: Buffer): { name: string; type: string; size: number } {
  const text = (from: number, to: number) =>
    block.toString('utf8', from, to).split('\0', 1)[0] ?? '';
  const octal = (from: number, to: number) => Number.parseInt(text(from, to).trim(), 8);
  // Its own place counts as blanks.
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const size = octal(124, 136);
  if (octal(148, 156) !== sum || !(size >= 0))
    throw new Error('this is no tar archive, or damaged');
  return { name: text(0, 100), type: block.toString('latin1', 156, 157), size };
}

/** The path among the records of an extended header. */
function pathOf(records: Buffer): string | undefined {
  return /^\d+ path=([^\n]*)$/m.exec(records.toString('utf8'))?.[1];
}
