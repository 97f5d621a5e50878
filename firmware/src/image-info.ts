/** File formats a board can be given; `raw` is the content of a card or a disk, which nobody but the board reads. */
export type ImageFormat = 'elf' | 'hex' | 'bin' | 'uf2' | 'raw';

/** One contiguous range of memory that the image fills. */
export interface ImageSegment {
  /** Where the bytes are flashed (the physical address of an ELF segment). */
  readonly address: number;
  readonly sizeBytes: number;
  /** Some of `r`, `w`, `x`; ELF only. */
  readonly flags?: string;
  /** Its first two words, which a vector table there makes initial stack pointer and reset vector. */
  readonly head?: readonly [number, number];
}

/** A named section of an ELF file. */
export interface ImageSection {
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
}

/** What can be said of an image without running it. */
export interface ImageInfo {
  readonly format: ImageFormat;
  /** Size of the file. */
  readonly sizeBytes: number;
  /** Lower-case hex digest of the file: the name of the image. */
  readonly sha256: string;
  /** First instruction, with the Thumb bit as the file has it. */
  readonly entry?: number;
  /**
   * Load ranges by rising address, neighbours merged, never overlapping.
   * A BIN file has no addresses: its one segment starts at 0, the start of flash.
   */
  readonly segments: readonly ImageSegment[];
  /** ELF only; missing when the section table was stripped. */
  readonly sections?: readonly ImageSection[];
  /** `arm`, another architecture's name, or `em-<number>`. Unknown for HEX and UF2. */
  readonly machine?: string;
  /** Mbed name of the board the image was built for, when the image says so. */
  readonly targetName?: string;
  /** Of the words that the reader was asked to look for: those that the image holds. */
  readonly mentions?: readonly string[];
  /** UF2 only. */
  readonly familyId?: number;
}
