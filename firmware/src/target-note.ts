/*
 * The note that names an image's board (System V gABI, "Note Section"):
 *
 *   | namesz = 10 | descsz | type = 1 | "Greenrack\0" + 2 | target name + NUL |
 *   | 4 bytes     | 4      | 4        | 12                | descsz            |
 *
 * It is loaded with the code, so it is found in every format by its owner name.
 */
const OWNER = 'Greenrack\0';
const HEADER_BYTES = 12;
const OWNER_PADDED_BYTES = 12;
const NOTE_TYPE_TARGET = 1;
/** The longest Mbed target name has 31 characters. */
const MAX_NAME_BYTES = 64;
const TARGET_NAME = /^[A-Za-z0-9_]+$/;

/**
 * Finds the first sound note. A damaged one is as good as none: it may be any bytes that
 * happen to look like the owner's name.
 */
export function findTargetName(loaded: Uint8Array): string | undefined {
  const bytes = Buffer.from(loaded.buffer, loaded.byteOffset, loaded.byteLength);
  let at = bytes.indexOf(OWNER, 0, 'latin1');
  while (at >= 0) {
    const name = at < HEADER_BYTES ? undefined : readNote(bytes, at - HEADER_BYTES);
    if (name !== undefined) {
      return name;
    }
    at = bytes.indexOf(OWNER, at + 1, 'latin1');
  }
  return undefined;
}

function readNote(bytes: Buffer, at: number): string | undefined {
  const nameSize = bytes.readUInt32LE(at);
  const size = bytes.readUInt32LE(at + 4);
  const type = bytes.readUInt32LE(at + 8);
  const start = at + HEADER_BYTES + OWNER_PADDED_BYTES;
  const fits = size >= 2 && size <= MAX_NAME_BYTES && start + size <= bytes.length;
  if (nameSize !== OWNER.length || type !== NOTE_TYPE_TARGET || !fits) {
    return undefined;
  }
  const name = bytes.toString('latin1', start, start + size - 1);
  return bytes[start + size - 1] === 0 && TARGET_NAME.test(name) ? name : undefined;
}
