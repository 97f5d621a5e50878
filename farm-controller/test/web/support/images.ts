/** Smallest images that a board could run, and near misses. */
const ELF_HEADER = 52;
const PROGRAM_HEADER = 32;

/** Owner and target name, laid out as firmware does. */
function targetNote(target: string): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(10, 0);
  header.writeUInt32LE(target.length + 1, 4);
  header.writeUInt32LE(1, 8);
  header.write('Greenrack', 12, 'latin1');
  const name = Buffer.alloc(Math.ceil((target.length + 1) / 4) * 4);
  name.write(target, 'latin1');
  return Buffer.concat([header, name]);
}

export interface ElfChoice {
  readonly address?: number;
  /** 40 is Arm. */
  readonly machine?: number;
  readonly target?: string;
  /** Makes images differ. */
  readonly seed?: number;
  readonly sizeBytes?: number;
  /** The initial stack pointer. */
  readonly stackTop?: number;
  /** The first instruction, with the Thumb bit. */
  readonly reset?: number;
}

/** Within the RAM of both virtual targets. */
const STACK_TOP = 0x20008000;

/** An ELF executable with one loaded segment, which begins with a vector table. */
export function elf(choice: ElfChoice = {}): Buffer {
  const code = Buffer.alloc(choice.sizeBytes ?? 64, choice.seed ?? 1);
  code.writeUInt32LE(choice.stackTop ?? STACK_TOP, 0);
  code.writeUInt32LE(choice.reset ?? (choice.address ?? 0) + 9, 4);
  const bytes =
    choice.target === undefined ? code : Buffer.concat([code, targetNote(choice.target)]);
  const head = Buffer.alloc(ELF_HEADER + PROGRAM_HEADER);
  head.write('\x7fELF\x01\x01\x01', 0, 'latin1');
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(choice.machine ?? 40, 18);
  head.writeUInt32LE(ELF_HEADER, 28);
  head.writeUInt16LE(PROGRAM_HEADER, 42);
  head.writeUInt16LE(1, 44);
  head.writeUInt32LE(1, ELF_HEADER);
  head.writeUInt32LE(ELF_HEADER + PROGRAM_HEADER, ELF_HEADER + 4);
  for (const at of [8, 12]) head.writeUInt32LE(choice.address ?? 0, ELF_HEADER + at);
  for (const at of [16, 20]) head.writeUInt32LE(bytes.length, ELF_HEADER + at);
  head.writeUInt32LE(5, ELF_HEADER + 24);
  return Buffer.concat([head, bytes]);
}

/** A flat image with a believable vector table. */
export function bin(sizeBytes = 256, stackTop = STACK_TOP): Buffer {
  const image = Buffer.alloc(Math.max(64, sizeBytes), 1);
  image.writeUInt32LE(stackTop, 0);
  for (const at of [4, 8, 12]) image.writeUInt32LE(0x21, at);
  return image;
}
