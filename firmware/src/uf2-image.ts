import { hex, type ImageBytes } from './image-bytes.js';
import type { ParsedImage } from './load-range.js';
import { RangeBuilder } from './range-builder.js';

/*
 * UF2 block (Microsoft, "USB Flashing Format"), 512 bytes:
 *    0 magic "UF2\n" | 4 magic | 8 flags | 12 address | 16 payload size
 *   20 block number | 24 number of blocks | 28 family id | 32 payload, up to 476 | 508 magic
 */
const BLOCK_BYTES = 512;
const PAYLOAD_START = 32;
const MAX_PAYLOAD_BYTES = 476;
const MAGICS: readonly (readonly [number, number])[] = [
  [0, 0x0a324655],
  [4, 0x9e5d5157],
  [508, 0x0ab16f30],
];
const FLAG_NOT_FLASH = 0x1;
const FLAG_FILE_CONTAINER = 0x1000;
const FLAG_FAMILY = 0x2000;
/** RP2350 erratum E10: tools put one block of this family in front, numbered "0 of 2". */
const FAMILY_ABSOLUTE = 0xe48bff57;

interface Block {
  readonly at: number;
  readonly flags: number;
  readonly address: number;
  readonly number: number;
  readonly count: number;
  readonly familyId: number | undefined;
  readonly payload: Uint8Array;
}

/** Reads the blocks of one board family, which must be complete and in order. */
export function parseUf2(file: ImageBytes): ParsedImage {
  if (file.size % BLOCK_BYTES !== 0) {
    throw file.broken(file.size, `its size is not a multiple of ${BLOCK_BYTES} bytes`);
  }
  const builder = new RangeBuilder(file, file.size);
  const start = firstBlock(file);
  const familyId = readBlock(file, start).familyId;
  for (let at = start; at < file.size; at += BLOCK_BYTES) {
    const block = readBlock(file, at);
    checkOrder(file, block, start);
    checkFamily(file, block, familyId);
    if ((block.flags & FLAG_NOT_FLASH) === 0) {
      builder.append(block.address, block.payload, at);
    }
  }
  return { ranges: builder.ranges(), ...(familyId !== undefined && { familyId }) };
}

function firstBlock(file: ImageBytes): number {
  const { familyId } = readBlock(file, 0);
  return familyId === FAMILY_ABSOLUTE && file.size > BLOCK_BYTES ? BLOCK_BYTES : 0;
}

function readBlock(file: ImageBytes, at: number): Block {
  for (const [offset, magic] of MAGICS) {
    if (file.u32(at + offset, 'a magic number') !== magic) {
      throw file.broken(at + offset, `block ${at / BLOCK_BYTES} lacks a magic number`);
    }
  }
  const flags = file.u32(at + 8, 'the flags');
  return {
    at,
    flags,
    address: file.u32(at + 12, 'the address'),
    number: file.u32(at + 20, 'the block number'),
    count: file.u32(at + 24, 'the number of blocks'),
    familyId: flags & FLAG_FAMILY ? file.u32(at + 28, 'the family id') : undefined,
    payload: readPayload(file, at),
  };
}

function readPayload(file: ImageBytes, at: number): Uint8Array {
  const size = file.u32(at + 16, 'the payload size');
  if (size > MAX_PAYLOAD_BYTES) {
    const what = `block ${at / BLOCK_BYTES} claims ${hex(size)} bytes of payload`;
    throw file.broken(at + 16, `${what}, at most ${MAX_PAYLOAD_BYTES} fit`);
  }
  return file.slice(at + PAYLOAD_START, size, 'the payload');
}

function checkOrder(file: ImageBytes, block: Block, start: number): void {
  const expected = (block.at - start) / BLOCK_BYTES;
  if (block.number === 0 && expected > 0 && readBlock(file, start).count === expected) {
    // A boot loader starts the firmware behind the last block of the first part, and never gets the second.
    const what = `block ${expected} begins a second UF2 file`;
    throw file.unsupported(block.at, what, 'Upload the one for this board alone.');
  }
  if (block.number !== expected) {
    throw file.broken(block.at + 20, `block ${block.number} is where block ${expected} belongs`);
  }
  const count = (file.size - start) / BLOCK_BYTES;
  if (block.count !== count && !isFollowed(file, block, start)) {
    const what = `block ${block.number} speaks of ${block.count} blocks, there are ${count}`;
    throw file.broken(block.at + 24, what);
  }
}

/** Whether another file begins where the one that this block is of says that it ends. */
function isFollowed(file: ImageBytes, { count }: Block, start: number): boolean {
  const at = start + count * BLOCK_BYTES;
  return at < file.size && readBlock(file, at).number === 0;
}

function checkFamily(file: ImageBytes, block: Block, familyId: number | undefined): void {
  if ((block.flags & FLAG_FILE_CONTAINER) !== 0) {
    const remedy = 'Upload an image for flash.';
    throw file.unsupported(block.at + 8, 'it carries files instead of flash content', remedy);
  }
  if (block.familyId !== familyId) {
    const what = `block ${block.number} is for another board family than the first`;
    throw file.unsupported(block.at + 28, what, 'Upload the image of one board only.');
  }
}
