/** Small writers of each format: a test says only what is special about its image. */

export interface SegmentSpec {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly type?: number;
  readonly flags?: number;
}

export const ELF_HEADER = 52;
const PROGRAM_HEADER = 32;
const SECTION_HEADER = 40;

export const bytesOf = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const filled = (size: number, value = 0xa5): Uint8Array => new Uint8Array(size).fill(value);

/** Owner and target name as firmware/bsp/common/target_note.c lays them out. */
export function noteBytes(target: string, owner = 'Greenrack', type = 1): Uint8Array {
  const padded = (text: string) =>
    Buffer.alloc(Math.ceil((text.length + 1) / 4) * 4, 0).fill(text, 0, text.length, 'latin1');
  const header = Buffer.alloc(12);
  header.writeUInt32LE(owner.length + 1, 0);
  header.writeUInt32LE(target.length + 1, 4);
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, padded(owner), padded(target)]);
}

/** A 32-bit little-endian Arm executable with program headers, data, then a name table. */
export function elfImage(segments: readonly SegmentSpec[]): Buffer {
  const dataStart = ELF_HEADER + segments.length * PROGRAM_HEADER;
  const data = Buffer.concat(segments.map((segment) => segment.bytes));
  const names = Buffer.from('\0.shstrtab\0', 'latin1');
  const namesAt = dataStart + data.length;
  const sectionsAt = namesAt + names.length;
  const file = Buffer.alloc(sectionsAt + 2 * SECTION_HEADER);
  writeElfHeader(file, segments.length, sectionsAt);
  let at = dataStart;
  segments.forEach((segment, index) => {
    writeProgramHeader(file, ELF_HEADER + index * PROGRAM_HEADER, segment, at);
    at += segment.bytes.length;
  });
  data.copy(file, dataStart);
  names.copy(file, namesAt);
  writeNamesSection(file, sectionsAt + SECTION_HEADER, namesAt, names.length);
  return file;
}

function writeElfHeader(file: Buffer, programs: number, sectionsAt: number): void {
  file.write('\x7fELF\x01\x01\x01', 0, 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(40, 18);
  file.writeUInt32LE(0x101, 24);
  file.writeUInt32LE(programs ? ELF_HEADER : 0, 28);
  file.writeUInt32LE(sectionsAt, 32);
  file.writeUInt16LE(PROGRAM_HEADER, 42);
  file.writeUInt16LE(programs, 44);
  file.writeUInt16LE(SECTION_HEADER, 46);
  file.writeUInt16LE(2, 48);
  file.writeUInt16LE(1, 50);
}

function writeProgramHeader(file: Buffer, at: number, segment: SegmentSpec, offset: number): void {
  file.writeUInt32LE(segment.type ?? 1, at);
  file.writeUInt32LE(offset, at + 4);
  file.writeUInt32LE(segment.address, at + 8);
  file.writeUInt32LE(segment.address, at + 12);
  file.writeUInt32LE(segment.bytes.length, at + 16);
  file.writeUInt32LE(segment.bytes.length, at + 20);
  file.writeUInt32LE(segment.flags ?? 5, at + 24);
}

function writeNamesSection(file: Buffer, at: number, offset: number, size: number): void {
  file.writeUInt32LE(1, at);
  file.writeUInt32LE(3, at + 4);
  file.writeUInt32LE(offset, at + 16);
  file.writeUInt32LE(size, at + 20);
}

/** One line with its checksum. */
export function hexLine(type: number, address: number, data: Uint8Array = bytesOf()): string {
  const body = Buffer.from([data.length, address >> 8, address & 0xff, type, ...data]);
  const sum = body.reduce((total, byte) => total + byte, 0);
  const all = Buffer.concat([body, bytesOf(-sum & 0xff)]);
  return `:${all.toString('hex').toUpperCase()}`;
}

export const HEX_END = hexLine(1, 0);

export function hexImage(...lines: string[]): Buffer {
  return hexText(lines);
}

/** For more lines than a call can have arguments. */
export function hexText(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
}

/** Data lines of at most 16 bytes from a 32-bit address on; a base record opens each 64 KB. */
export function hexData(address: number, data: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += 16) {
    const target = address + at;
    if (at === 0 || (target & 0xffff) === 0) {
      lines.push(hexLine(4, 0, bytesOf(target >>> 24, (target >>> 16) & 0xff)));
    }
    lines.push(hexLine(0, target & 0xffff, data.subarray(at, at + 16)));
  }
  return lines;
}

export const RP2040_FAMILY = 0xe48bff56;

export interface BlockSpec {
  readonly address: number;
  readonly payload: Uint8Array;
  readonly flags?: number;
  readonly number?: number;
  readonly count?: number;
  readonly familyId?: number;
}

export function uf2Image(blocks: readonly BlockSpec[]): Buffer {
  return Buffer.concat(blocks.map((block, index) => uf2Block(block, index, blocks.length)));
}

function uf2Block(block: BlockSpec, index: number, count: number): Buffer {
  const bytes = Buffer.alloc(512);
  const words = [
    0x0a324655,
    0x9e5d5157,
    block.flags ?? 0x2000,
    block.address,
    block.payload.length,
    block.number ?? index,
    block.count ?? count,
    block.familyId ?? RP2040_FAMILY,
  ];
  words.forEach((word, at) => {
    bytes.writeUInt32LE(word, at * 4);
  });
  bytes.set(block.payload, 32);
  bytes.writeUInt32LE(0x0ab16f30, 508);
  return bytes;
}

/** Vectors of a Cortex-M image, then the given bytes. */
export function vectorImage(stack: number, reset: number, rest: Uint8Array = bytesOf()): Buffer {
  const vectors = Buffer.alloc(64);
  vectors.writeUInt32LE(stack, 0);
  for (const offset of [4, 8, 12]) {
    vectors.writeUInt32LE(reset, offset);
  }
  return Buffer.concat([vectors, rest]);
}
