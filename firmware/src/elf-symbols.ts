import type { SectionHeader } from './elf-sections.js';
import type { ImageBytes } from './image-bytes.js';

/*
 * Symbol (System V gABI, "Symbol Table"), 16 bytes:
 *   0 name | 4 value | 8 size | 12 info: binding << 4 | type | 13 other | 14 section
 * Local symbols stand behind the FILE symbol of their source. Of global ones no such thing is said; but Arm marks where
 * code and data of each object begin by local symbols `$t` and `$d` (ELF for the Arm Architecture, "Mapping symbols").
 */
const SYMBOL_BYTES = 16;
const TYPE_SYMBOLS = 2;
const OBJECT = 1;
const FUNCTION = 2;
const FILE = 4;
const LOCAL = 0;
const MAPPING = /^\$[adtx](?:\.|$)/;
/** Bounds the work: mangled names of C++ are long, and a crafted table could let each span the whole file. */
const MAX_NAME_BYTES = 1024;
/** Some times as many as the largest firmware has. */
const MAX_SYMBOLS = 50_000;

/** A function or an object that takes memory. */
export interface ElfSymbol {
  readonly name: string;
  /** Name of the source file, as far as the table tells. */
  readonly module: string;
  readonly sectionIndex: number;
  readonly bytes: number;
}

interface Raw {
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
  readonly type: number;
  readonly isLocal: boolean;
  readonly sectionIndex: number;
  readonly file: string;
}

/** Functions and objects, each once however many names it has. Nothing when the table was stripped. */
export function readSymbols(
  file: ImageBytes,
  sections: readonly (SectionHeader | undefined)[],
): ElfSymbol[] {
  const table = sections.find((one) => one?.type === TYPE_SYMBOLS);
  const strings = table && sections[table.link];
  if (!table || !strings) return [];
  const raw = rawSymbols(
    file,
    table,
    file.slice(strings.offset, strings.sizeBytes, 'symbol names'),
  );
  const fileAt = modulesOf(raw);
  const seen = new Set<string>();
  return raw.flatMap((one) => {
    const { name, address, bytes, type, sectionIndex, isLocal } = one;
    if (bytes === 0 || (type !== OBJECT && type !== FUNCTION)) return [];
    const place = `${sectionIndex} ${address} ${bytes}`;
    if (seen.has(place)) return [];
    seen.add(place);
    return [{ name, bytes, sectionIndex, module: isLocal ? one.file : fileAt(one) }];
  });
}

function rawSymbols(file: ImageBytes, table: SectionHeader, names: Uint8Array): Raw[] {
  const count = Math.floor(table.sizeBytes / SYMBOL_BYTES);
  if (count > MAX_SYMBOLS) {
    const remedy = 'Strip what is not needed of it.';
    throw file.unsupported(table.offset, `it has more than ${MAX_SYMBOLS} symbols`, remedy);
  }
  let source = '';
  return Array.from({ length: count }, (_, i) => {
    const at = table.offset + i * SYMBOL_BYTES;
    const info = file.u8(at + 12, 'a symbol');
    const name = nameAt(names, file.u32(at, 'the name of a symbol'));
    const type = info & 0xf;
    if (type === FILE) source = name;
    return {
      ...{ name, type, file: source, isLocal: info >> 4 === LOCAL },
      address: file.u32(at + 4, 'the value of a symbol'),
      bytes: file.u32(at + 8, 'the size of a symbol'),
      sectionIndex: file.u16(at + 14, 'the section of a symbol'),
    };
  });
}

function nameAt(names: Uint8Array, start: number): string {
  const window = names.subarray(start, start + MAX_NAME_BYTES);
  const end = window.indexOf(0);
  return Buffer.from(end < 0 ? window : window.subarray(0, end)).toString('utf8');
}

/** The source of what stands at an address: that of the mark before it. */
function modulesOf(raw: readonly Raw[]): (symbol: Raw) => string {
  const marks = raw.filter(({ isLocal, name }) => isLocal && MAPPING.test(name));
  marks.sort((a, b) => a.sectionIndex - b.sectionIndex || a.address - b.address);
  return ({ sectionIndex, address }) => {
    let [low, high] = [0, marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const mark = marks[middle];
      const isAfter =
        mark === undefined ||
        mark.sectionIndex > sectionIndex ||
        (mark.sectionIndex === sectionIndex && mark.address > address);
      if (isAfter) high = middle;
      else low = middle + 1;
    }
    const mark = marks[low - 1];
    return mark?.sectionIndex === sectionIndex ? mark.file : '';
  };
}
