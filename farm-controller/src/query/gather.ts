/**
 * Joins small pieces into larger ones, for streams whose pieces may be single characters: each write to a socket costs
 * more than the bytes in it.
 */
export async function* gather(
  pieces: AsyncIterable<Uint8Array | string>,
  bytesAtOnce = 64 * 1024,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    held.push(bytes);
    size += bytes.byteLength;
    if (size < bytesAtOnce) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}
