import { type ElfHeader, SECTION_HEADER_BYTES } from './elf-header.js';
import { hex, type ImageBytes } from './image-bytes.js';
import type { ImageSection } from './image-info.js';

/*
 * Section header (System V gABI, "Sections"), 40 bytes:
 *   0 name | 4 type | 8 flags | 12 address | 16 offset | 20 size | ...
 */
const TYPE_NULL = 0;
const TYPE_STRINGS = 3;
const TYPE_NO_BITS = 8;
/** Bounds the work: a crafted table could let every section name span the whole file. */
const MAX_NAME_BYTES = 256;

/** Lists the sections, or returns nothing when the table was stripped. */
export function readSections(file: ImageBytes, header: ElfHeader): ImageSection[] | undefined {
  const { offset, count } = header.sections;
  if (count === 0) {
    return undefined;
  }
  const names = readNames(file, header);
  const sections: ImageSection[] = [];
  for (let i = 0; i < count; i++) {
    const section = readSection(file, offset + i * SECTION_HEADER_BYTES, names);
    if (section) {
      sections.push(section);
    }
  }
  return sections;
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

function readSection(file: ImageBytes, at: number, names: NameTable): ImageSection | undefined {
  const type = file.u32(at + 4, 'a section type');
  if (type === TYPE_NULL) {
    return undefined;
  }
  const name = readName(file, file.u32(at, 'a section name'), names);
  const sizeBytes = file.u32(at + 20, 'a section size');
  if (type !== TYPE_NO_BITS) {
    file.check(file.u32(at + 16, 'a section offset'), sizeBytes, `section ${name}`);
  }
  return { name, address: file.u32(at + 12, 'a section address'), sizeBytes };
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
