/*
 * A tar archive, POSIX.1-2001 ("pax"): per file a header block of 512 bytes, the content, zeros up to the next block;
 * two blocks of zeros at the end. A name that the header has no room for stands in an extended header before it:
 *   "<length of this record> path=<name>\n"
 */
const BLOCK = 512;
const NAME_BYTES = 100;

/** The blocks of one file. `name` is relative, with '/' between its parts. */
export function* tarEntry(name: string, data: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length > NAME_BYTES) {
    const record = pathRecord(bytes);
    yield header(Buffer.from('pax'), record.length, 'x');
    yield padded(record);
  }
  yield header(bytes.subarray(0, NAME_BYTES), data.length, '0');
  yield padded(data);
}

/** What ends an archive. */
export function tarEnd(): Uint8Array {
  return Buffer.alloc(2 * BLOCK);
}

function header(name: Buffer, size: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (text: string | Buffer, at: number) => Buffer.from(text).copy(block, at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  put(name, 0);
  put(octal(0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  // The sum is taken with blanks in its own place.
  put(' '.repeat(8), 148);
  put(type, 156);
  put('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(data: Uint8Array): Uint8Array {
  const missing = (BLOCK - (data.length % BLOCK)) % BLOCK;
  return missing === 0 ? data : Buffer.concat([data, Buffer.alloc(missing)]);
}

/** Its length counts itself. */
function pathRecord(name: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(' path='), name, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
