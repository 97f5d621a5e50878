import { crc32 } from 'node:zlib';
import { FarmError } from '@greenrack/farm-protocol';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';

/** Most that an archive may have, which is held in memory. */
export const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 5_000;
const MAX_PATH_CHARS = 500;
/** Fixed part of the header in front of each file's bytes. */
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** Kinds of files as Unix has them, in the upper half of the attributes; archives that say none say 0. */
const KIND_MASK = 0o170000;
const KINDS: readonly number[] = [0, 0o100000, 0o040000];

/** A file of an archive that a stranger made. Its path is a name, and nothing is ever written there. */
export interface ArchiveFile {
  readonly path: string;
  /** As the archive says; reading more than that, or less, is an error. */
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/**
 * The files of a zip archive, as hostile data: what it says of itself is bounded before any of it is unpacked, and held
 * to it after.
 * @throws FarmError `invalid_request`, `payload_too_large` that names the file
 */
export async function openArchive(bytes: Buffer, signal: AbortSignal): Promise<ArchiveFile[]> {
  const zip = await sound(() => fromBufferPromise(bytes, { strictFileNames: true }));
  const entries = await sound(() => entriesOf(zip, signal));
  refuseOverlaps(entries, bytes.length);
  return entries
    .filter(({ fileName }) => !fileName.endsWith('/'))
    .map((entry) => ({
      path: entry.fileName,
      sizeBytes: entry.uncompressedSize,
      read: () => read(zip, entry, signal),
    }));
}

async function entriesOf(zip: ZipFile, signal: AbortSignal): Promise<Entry[]> {
  if (zip.entryCount > MAX_FILES) throw tooLarge(`it has more than ${MAX_FILES} files`);
  const entries: Entry[] = [];
  const paths = new Set<string>();
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    signal.throwIfAborted();
    refuseEntry(entry);
    if (paths.has(entry.fileName)) throw unsound(`${said(entry)} is in it twice`);
    paths.add(entry.fileName);
    unpackedBytes += entry.uncompressedSize;
    if (unpackedBytes > MAX_UNPACKED_BYTES)
      throw tooLarge(`its files have more than ${MAX_UNPACKED_BYTES} bytes`);
    entries.push(entry);
  }
  return entries;
}

function refuseEntry(entry: Entry): void {
  const { fileName, compressionMethod, externalFileAttributes } = entry;
  if (fileName.length > MAX_PATH_CHARS) throw unsound(`${said(entry)}… is too long a path`);
  if (entry.isEncrypted()) throw unsound(`${said(entry)} is encrypted`);
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED)
    throw unsound(`${said(entry)} is packed in a way that is not known`);
  if (!KINDS.includes((externalFileAttributes >>> 16) & KIND_MASK))
    throw unsound(`${said(entry)} is a link, or something else that is no file`);
}

/** Files that share bytes unpack to more than the archive has, as often as its maker likes. */
function refuseOverlaps(entries: readonly Entry[], archiveBytes: number): void {
  const ranges = entries
    .map((entry) => ({ entry, from: entry.relativeOffsetOfLocalHeader }))
    .sort((a, b) => a.from - b.from);
  ranges.forEach(({ entry, from }, i) => {
    const end = from + LOCAL_HEADER_BYTES + entry.fileNameLength + entry.compressedSize;
    if (end > (ranges[i + 1]?.from ?? archiveBytes))
      throw unsound(`${said(entry)} shares bytes with another file`);
  });
}

async function* read(zip: ZipFile, entry: Entry, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = await sound(() => zip.openReadStreamPromise(entry));
  let sum = 0;
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      sum = crc32(piece, sum);
      yield piece;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw asUnsound(error);
  }
  if (sum !== entry.crc32) throw unsound(`${said(entry)} is damaged`);
}

async function sound<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asUnsound(error);
  }
}

const asUnsound = (error: unknown): unknown =>
  error instanceof FarmError || !(error instanceof Error) || error.name === 'AbortError'
    ? error
    : unsound(error.message, error);

/** Paths are theirs: they are shown, and cut. */
const said = ({ fileName }: Entry): string => JSON.stringify(fileName.slice(0, 100));

const unsound = (why: string, cause?: unknown): FarmError => refused('invalid_request', why, cause);
const tooLarge = (why: string): FarmError => refused('payload_too_large', why);

function refused(code: 'invalid_request' | 'payload_too_large', why: string, cause?: unknown) {
  const message = `no sound archive: ${why}`;
  const fields = [{ path: '(archive)', message }];
  return new FarmError(code, message, { fields, cause });
}
