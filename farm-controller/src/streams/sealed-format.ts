import { promisify } from 'node:util';
import { constants, gunzip, gzip, type ZlibOptions } from 'node:zlib';

/*
 * A sealed stream: gzip members of one block each, so that any tool unpacks the whole and we unpack any part, and an
 * empty member at the end that has the index in its header's extra field (RFC 1952, section 2.3.1.1; little-endian):
 *
 *   1f 8b 08 04  00 00 00 00  00 ff     header with an extra field
 *   XLEN (2)                            n + 4
 *   'G' 'R' n (2)                       our subfield
 *   block bytes (4)                     of every block but the last, unpacked
 *   packed bytes (4) …                  of each block
 *   XLEN + 12 (4)                       from here back to the first byte of this member
 *   03 00  00 00 00 00  00 00 00 00     nothing, its CRC, its size
 */
export const BLOCK_BYTES = 256 * 1024;
const HEADER = [0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff];
const NOTHING = [0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const BEFORE_INDEX = HEADER.length + 2 + 4;
/** A subfield has at most 65 531 bytes: streams of 4 GiB. */
const MAX_BLOCKS = 16_380;
/** The longest last member. */
export const MAX_INDEX_BYTES = BEFORE_INDEX + 8 + 4 * MAX_BLOCKS + NOTHING.length;

const pack = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
const unpack = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);

/** Where the blocks of a sealed stream are. */
export interface BlockIndex {
  readonly blockBytes: number;
  /** Packed bytes of each block; they stand one behind the other from the first byte of the file on. */
  readonly packed: readonly number[];
}

/**
 * Packs a stream.
 * @param level - of deflate; 0 for what is packed already and read here and there: its blocks are only copied
 */
export async function* sealedBytes(
  source: AsyncIterable<Uint8Array>,
  level: number = constants.Z_DEFAULT_COMPRESSION,
): AsyncGenerator<Uint8Array, void, void> {
  const packed: number[] = [];
  for await (const block of blocksOf(source)) {
    if (packed.length === MAX_BLOCKS) throw new RangeError('a stream of more than 4 GiB');
    const bytes = await pack(block, { level });
    packed.push(bytes.length);
    yield bytes;
  }
  yield indexMember({ blockBytes: BLOCK_BYTES, packed });
}

/** One block as it was; a damaged file cannot ask for more memory than a block has. */
export function unpackBlock(packed: Uint8Array, { blockBytes }: BlockIndex): Promise<Buffer> {
  // In one piece: zlib would join many small ones.
  return unpack(packed, { maxOutputLength: blockBytes, chunkSize: blockBytes + 1 });
}

/** Reads the index from the last bytes of a file. @throws RangeError when there is none */
export function readIndex(tail: Uint8Array): BlockIndex {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  const end = bytes.length - NOTHING.length - 4;
  const start = end < 0 ? -1 : end - bytes.readUInt32LE(end) + 4;
  const magic =
    start < 0 ? '' : bytes.toString('latin1', start + HEADER.length + 2, start + HEADER.length + 4);
  if (magic !== 'GR') throw new RangeError('not a sealed stream: no index at its end');
  const blockBytes = bytes.readUInt32LE(start + BEFORE_INDEX);
  const packed: number[] = [];
  for (let at = start + BEFORE_INDEX + 4; at < end; at += 4) packed.push(bytes.readUInt32LE(at));
  return { blockBytes, packed };
}

function indexMember({ blockBytes, packed }: BlockIndex): Buffer {
  const n = 4 * (packed.length + 2);
  const member = Buffer.alloc(BEFORE_INDEX + n + NOTHING.length);
  member.set(HEADER);
  member.writeUInt16LE(n + 4, HEADER.length);
  member.write('GR', HEADER.length + 2, 'latin1');
  member.writeUInt16LE(n, HEADER.length + 4);
  let at = member.writeUInt32LE(blockBytes, BEFORE_INDEX);
  for (const size of packed) at = member.writeUInt32LE(size, at);
  at = member.writeUInt32LE(BEFORE_INDEX + n, at);
  member.set(NOTHING, at);
  return member;
}

async function* blocksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const piece of source)
    for (let at = 0; at < piece.byteLength; ) {
      const taken = piece.subarray(at, at + BLOCK_BYTES - filled);
      block.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafe(BLOCK_BYTES);
      filled = 0;
    }
  if (filled > 0) yield block.subarray(0, filled);
}
