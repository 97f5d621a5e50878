import { type ElfHeader, PROGRAM_HEADER_BYTES, readElfHeader } from './elf-header.js';
import { readSections } from './elf-sections.js';
import { hex, type ImageBytes } from './image-bytes.js';
import { ADDRESS_END, type LoadRange, type ParsedImage } from './load-range.js';
import { findTargetName } from './target-note.js';

/*
 * Program header (System V gABI, "Program Header"), 32 bytes:
 *   0 type | 4 offset | 8 vaddr | 12 paddr | 16 filesz | 20 memsz | 24 flags | 28 align
 */
const TYPE_LOAD = 1;
const TYPE_NOTE = 4;
const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [4, 'r'],
  [2, 'w'],
  [1, 'x'],
];

/** Reads a 32-bit little-endian executable; other architectures than Arm are named, not refused. */
export function parseElf(file: ImageBytes): ParsedImage {
  const header = readElfHeader(file);
  const { ranges, noted } = readPrograms(file, header);
  const sections = readSections(file, header);
  return {
    ranges,
    entry: header.entry,
    machine: header.machine,
    ...(sections && { sections }),
    ...(noted !== undefined && { targetName: noted }),
  };
}

interface Programs {
  readonly ranges: LoadRange[];
  /** Target name out of a note segment: it outranks look-alike bytes elsewhere. */
  readonly noted: string | undefined;
}

function readPrograms(file: ImageBytes, header: ElfHeader): Programs {
  const ranges: LoadRange[] = [];
  let noted: string | undefined;
  for (let i = 0; i < header.programs.count; i++) {
    const at = header.programs.offset + i * PROGRAM_HEADER_BYTES;
    const type = file.u32(at, `the type of segment ${i}`);
    if (type === TYPE_LOAD) {
      ranges.push(readLoadSegment(file, at, i));
    } else if (type === TYPE_NOTE) {
      noted ??= findTargetName(segmentBytes(file, at, i));
    }
  }
  return { ranges, noted };
}

function segmentBytes(file: ImageBytes, at: number, index: number): Uint8Array {
  const offset = file.u32(at + 4, 'a segment offset');
  return file.slice(offset, file.u32(at + 16, 'a segment size'), `segment ${index}`);
}

function readLoadSegment(file: ImageBytes, at: number, index: number): LoadRange {
  const bytes = segmentBytes(file, at, index);
  const address = file.u32(at + 12, 'a physical address');
  const memoryBytes = file.u32(at + 20, 'a size in memory');
  if (bytes.length > memoryBytes) {
    const sizes = `${hex(bytes.length)} bytes in the file, ${hex(memoryBytes)} in memory`;
    throw file.broken(at + 16, `segment ${index} shrinks: ${sizes}`);
  }
  if (address + bytes.length > ADDRESS_END) {
    throw file.broken(at + 12, `segment ${index} runs over the last address`);
  }
  return { address, bytes, flags: flagLetters(file.u32(at + 24, 'the flags of a segment')) };
}

function flagLetters(flags: number): string {
  return FLAG_LETTERS.map(([bit, letter]) => (flags & bit ? letter : '')).join('');
}
