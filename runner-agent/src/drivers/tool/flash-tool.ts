import type { ImageFormat, ImageSegment } from '@greenrack/firmware';
import type { z } from 'zod';

/** The image as a tool gets it. */
export interface ToolImage {
  /** With the ending of its format, by which most tools tell formats apart. */
  readonly path: string;
  readonly format: ImageFormat;
  readonly segments: readonly ImageSegment[];
}

/** Words of a tool that mean trouble, and what helps. */
export interface KnownFailure {
  readonly says: RegExp;
  readonly cure: string;
  /** Another try may well work. */
  readonly isTransient?: boolean;
}

/** Parameters that every flash tool has. */
export interface ToolParams {
  readonly executable: string;
  readonly timeoutMs: number;
  readonly sectorBytes: number;
  readonly root: string;
  readonly detectCode?: string | undefined;
}

/** Words by which a tool tells whom it talks to; each has one group. */
export interface ToolTells {
  /** Serial number of the probe. */
  readonly probe?: RegExp;
  /** The chip that it found. */
  readonly chip?: RegExp;
}

/** What there is to know of a vendor's flash tool. */
export interface FlashTool<Params extends ToolParams> {
  readonly name: string;
  readonly params: z.ZodType<Params>;
  readonly formats: readonly ImageFormat[];
  /** How to get it, as a sentence. */
  readonly install: string;
  readonly versionArgs: readonly string[];
  /** USB serial number by which the tool finds the probe, or the board itself. */
  serialOf(params: Params): string;
  /** `vendor:product` of boot loaders that do not show the board's serial number. */
  readonly bootLoaders?: readonly string[];
  /** The tool finds boards in their boot loader only: one that is not there is no reason against it. */
  readonly findsBootLoaderOnly?: true;
  readonly tells?: ToolTells;
  /** @param script - where {@link FlashTool.flashScript} was written */
  flashArgs(params: Params, image: ToolImage, script: string): string[];
  /** Text of a command file, for tools that take no commands as arguments. */
  flashScript?(params: Params, image: ToolImage): string;
  resetArgs?(params: Params, script: string): string[];
  resetScript?(): string;
  /** Erases all of the memory; for tools that can. */
  eraseArgs?(params: Params, script: string): string[];
  eraseScript?(): string;
  /** Must be in the output beside exit code 0: some tools end with 0 after an error. */
  readonly flashed: RegExp;
  readonly failures: readonly KnownFailure[];
  /** What the tool says it has programmed; counted from the image when it says nothing. */
  written?(output: string): { readonly bytes: number; readonly sectors: number } | undefined;
}
