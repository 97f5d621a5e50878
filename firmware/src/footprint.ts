import { type ElfHeader, PROGRAM_HEADER_BYTES, readElfHeader } from './elf-header.js';
import { readSectionHeaders, type SectionHeader, TYPE_NO_BITS } from './elf-sections.js';
import { readSymbols } from './elf-symbols.js';
import { ImageBytes } from './image-bytes.js';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const FLAG_WRITE = 1;
const FLAG_ALLOCATED = 2;
const TYPE_LOAD = 1;

/** Where bytes are while the firmware runs; `both`: they are copied from flash into RAM. */
export type Memory = 'flash' | 'ram' | 'both';

/** What an image takes of its board's memory. */
export interface Footprint {
  readonly flashBytes: number;
  readonly ramBytes: number;
  readonly sections: readonly {
    readonly name: string;
    readonly memory: Memory;
    readonly bytes: number;
  }[];
  /** Functions and objects; empty when the image was stripped. */
  readonly symbols: readonly {
    readonly name: string;
    /** Name of its source file, as far as the image tells. */
    readonly module: string;
    readonly section: string;
    readonly bytes: number;
  }[];
}

/**
 * Reads from an ELF file what it takes of flash and RAM, and what of it.
 * @throws ImageFormatError, and nothing else
 */
export function readFootprint(bytes: Uint8Array, name = 'image'): Footprint {
  const file = new ImageBytes(bytes, 'elf', name);
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw file.unsupported(0, 'it is no ELF file', 'Only ELF files tell what they consist of.');
  const header = readElfHeader(file);
  const headers = readSectionHeaders(file, header);
  const isCopied = copiedBy(file, header);
  const memories = headers.map((one) => one && memoryOf(one, isCopied));
  const sections = headers.flatMap((one, i) => {
    const memory = memories[i];
    return one && memory && one.sizeBytes > 0
      ? [{ name: one.name, memory, bytes: one.sizeBytes }]
      : [];
  });
  if (sections.length === 0) {
    const remedy = 'Keep its section table when you strip it.';
    throw file.unsupported(32, 'it names no section that takes memory', remedy);
  }
  const symbols = readSymbols(file, headers).flatMap(({ sectionIndex, ...symbol }) => {
    const section = headers[sectionIndex];
    return section && memories[sectionIndex] ? [{ ...symbol, section: section.name }] : [];
  });
  const sumOf = (not: Memory) =>
    sections.reduce((sum, { memory, bytes }) => sum + (memory === not ? 0 : bytes), 0);
  return { flashBytes: sumOf('ram'), ramBytes: sumOf('flash'), sections, symbols };
}

/** Undefined for what is only in the file. */
function memoryOf(
  section: SectionHeader,
  isCopied: (section: SectionHeader) => boolean,
): Memory | undefined {
  if ((section.flags & FLAG_ALLOCATED) === 0) return undefined;
  if (section.type === TYPE_NO_BITS) return 'ram';
  return (section.flags & FLAG_WRITE) !== 0 || isCopied(section) ? 'both' : 'flash';
}

/*
 * Program header (System V gABI, "Program Header"), 32 bytes:
 *   0 type | 4 offset | 8 virtual address | 12 physical address | 16 size in the file | 20 size in memory | ...
 */
function copiedBy(file: ImageBytes, { programs }: ElfHeader) {
  const moved = Array.from({ length: programs.count }, (_, i) => {
    const at = programs.offset + i * PROGRAM_HEADER_BYTES;
    const from = file.u32(at + 8, 'an address of a segment');
    const isMoved =
      file.u32(at, 'the type of a segment') === TYPE_LOAD &&
      file.u32(at + 12, 'an address') !== from;
    return { from, to: isMoved ? from + file.u32(at + 20, 'the size of a segment') : from };
  });
  return ({ address }: SectionHeader) =>
    moved.some(({ from, to }) => address >= from && address < to);
}
