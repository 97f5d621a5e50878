import type { ImageBytes } from './image-bytes.js';

/*
 * ELF header, 32 bits (System V gABI, "ELF Header"), 52 bytes:
 *    0 7F 'E' 'L' 'F' | class | data | version | ...      16 type | 18 machine
 *   24 entry | 28 phoff | 32 shoff | 42 phentsize | 44 phnum
 *   46 shentsize | 48 shnum | 50 shstrndx
 */
const HEADER_BYTES = 52;
const CLASS_32 = 1;
const DATA_LITTLE = 1;
const TYPE_EXECUTABLE = 2;
/** Program and section headers have fixed sizes in ELF32. */
export const PROGRAM_HEADER_BYTES = 32;
export const SECTION_HEADER_BYTES = 40;
/** Escape values: the real count is elsewhere. No firmware has so many. */
const COUNT_ELSEWHERE = 0xffff;

/** Where the tables are; both are known to lie inside the file. */
export interface ElfHeader {
  readonly machine: string;
  readonly entry: number;
  readonly programs: ElfTable;
  readonly sections: ElfTable;
  readonly sectionNamesIndex: number;
}

/** `count` entries of known size from `offset` on. */
export interface ElfTable {
  readonly offset: number;
  readonly count: number;
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'mips',
  40: 'arm',
  62: 'x86-64',
  83: 'avr',
  94: 'xtensa',
  183: 'aarch64',
  243: 'riscv',
};

/** Reads the header and bounds-checks both tables. */
export function readElfHeader(file: ImageBytes): ElfHeader {
  file.check(0, HEADER_BYTES, 'the ELF header');
  checkKind(file);
  const machine = file.u16(18, 'the machine');
  return {
    machine: MACHINES[machine] ?? `em-${machine}`,
    entry: file.u32(24, 'the entry point'),
    programs: readTable(file, 'program', { offset: 28, size: 42, count: 44 }),
    sections: readTable(file, 'section', { offset: 32, size: 46, count: 48 }),
    sectionNamesIndex: file.u16(50, 'the index of section names'),
  };
}

function checkKind(file: ImageBytes): void {
  if (file.u8(4, 'the class') !== CLASS_32) {
    throw file.unsupported(4, 'it is not a 32-bit ELF file', 'Build it for a 32-bit board.');
  }
  if (file.u8(5, 'the byte order') !== DATA_LITTLE) {
    throw file.unsupported(5, 'it is not little-endian', 'Build it for a little-endian board.');
  }
  if (file.u16(16, 'the type') !== TYPE_EXECUTABLE) {
    const remedy = 'Upload the linked application, not an object file or a shared library.';
    throw file.unsupported(16, 'it is not an executable', remedy);
  }
}

interface TableFields {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

function readTable(file: ImageBytes, kind: 'program' | 'section', fields: TableFields): ElfTable {
  const entryBytes = kind === 'program' ? PROGRAM_HEADER_BYTES : SECTION_HEADER_BYTES;
  const offset = file.u32(fields.offset, `the offset of the ${kind} headers`);
  const count = file.u16(fields.count, `the number of ${kind} headers`);
  if (offset === 0 || count === 0) {
    return { offset: 0, count: 0 };
  }
  const size = file.u16(fields.size, `the size of a ${kind} header`);
  if (size !== entryBytes) {
    throw file.broken(fields.size, `a ${kind} header has ${size} bytes instead of ${entryBytes}`);
  }
  if (count === COUNT_ELSEWHERE) {
    const remedy = 'Upload the application without its debug sections.';
    throw file.unsupported(fields.count, `it has more than 65534 ${kind} headers`, remedy);
  }
  file.check(offset, count * entryBytes, `the table of ${count} ${kind} headers`);
  return { offset, count };
}
