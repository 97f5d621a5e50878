import { type ElfHeader, SECTION_HEADER_BYTES } from './elf-header.js';
import { hex, type ImageBytes } from './image-bytes.js';
import type { ImageSection } from './image-info.js';

/*
 * Section header (System V gABI, "Sections"), 40 bytes:
 *   0 name | 4 type | 8 flags | 12 address | 16 offset | 20 size | 24 link | ...
 */
const TYPE_NULL = 0;
const TYPE_STRINGS = 3;
export const TYPE_NO_BITS = 8;
/** Bounds the work: a crafted table could let every section name span the whole file. */
const MAX_NAME_BYTES = 256;

/** What is in a section header; its bytes are known to lie inside the file. */
export interface SectionHeader extends ImageSection {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  /** Index of the section that this one needs. */
  readonly link: number;
}

/** Lists the sections, or returns nothing when the table was stripped. */
export function readSections(file: ImageBytes, header: ElfHeader): ImageSection[] | undefined {
  if (header.sections.count === 0) return undefined;
  const found = readSectionHeaders(file, header).flatMap((one) => one ?? []);
  return found.map(({ name, address, sizeBytes }) => ({ name, address, sizeBytes }));
}

/** The headers at their indices; undefined where one is empty. */
export function readSectionHeaders(
  file: ImageBytes,
  header: ElfHeader,
): (SectionHeader | undefined)[] {
  const { offset, count } = header.sections;
  if (count === 0) return [];
  const names = readNames(file, header);
  return Array.from({ length: count }, (_, i) =>
    readSection(file, offset + i * SECTION_HEADER_BYTES, names),
  );
}

interface NameTable {
  readonly at: number;
  readonly bytes: Uint8Array;
}

function readNames(file: ImageBytes, header: ElfHeader): NameTable {
  const index = header.sectionNamesIndex;
  if (index >= header.sections.count) {
    throw file.broken(50, `section ${index}, which should hold the names, does not exist`);
  }
  const at = header.sections.offset + index * SECTION_HEADER_BYTES;
  if (file.u32(at + 4, 'a section type') !== TYPE_STRINGS) {
    throw file.broken(at + 4, `section ${index}, which should hold the names, holds no strings`);
  }
  const offset = file.u32(at + 16, 'a section offset');
  const size = file.u32(at + 20, 'a section size');
  return { at: offset, bytes: file.slice(offset, size, 'the table of section names') };
}

function readSection(file: ImageBytes, at: number, names: NameTable): SectionHeader | undefined {
  const type = file.u32(at + 4, 'a section type');
  if (type === TYPE_NULL) {
    return undefined;
  }
  const name = readName(file, file.u32(at, 'a section name'), names);
  const sizeBytes = file.u32(at + 20, 'a section size');
  const offset = file.u32(at + 16, 'a section offset');
  if (type !== TYPE_NO_BITS) file.check(offset, sizeBytes, `section ${name}`);
  const address = file.u32(at + 12, 'a section address');
  const flags = file.u32(at + 8, 'section flags');
  const link = file.u32(at + 24, 'a section link');
  return { name, type, flags, address, offset, sizeBytes, link };
}

function readName(file: ImageBytes, start: number, names: NameTable): string {
  const window = names.bytes.subarray(start, start + MAX_NAME_BYTES);
  const end = window.indexOf(0);
  if (end < 0) {
    throw file.broken(
      Math.min(names.at + start, file.size),
      `the section name at ${hex(start)} of the name table does not end`,
    );
  }
  return Buffer.from(window.subarray(0, end)).toString('utf8');
}
