import { type FileHandle, open } from 'node:fs/promises';
import { decodeText, FarmError } from '@greenrack/farm-protocol';

/** Largest file of secrets, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The text of a file that only its owner may read.
 * @param what - what it is to the farm, for messages
 * @throws FarmError `invalid_configuration`
 */
export async function readPrivateFile(what: string, file: string): Promise<string> {
  const wrong = (why: string, cause?: unknown) =>
    new FarmError('invalid_configuration', `${what} ${file}: ${why}`, { cause });
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw wrong('cannot be opened: check the path and who owns it', cause);
  }
  try {
    // Asked of the open file: a path could be exchanged between the look and the read.
    const facts = await handle.stat();
    if (!facts.isFile()) throw wrong('is no regular file');
    if ((facts.mode & 0o077) !== 0)
      throw wrong(`holds secrets but others may read it: chmod 600 ${file}`);
    if (facts.size > MAX_FILE_BYTES) throw wrong(`is over ${MAX_FILE_BYTES} bytes`);
    return decodeText(await handle.readFile());
  } finally {
    await handle.close();
  }
}
