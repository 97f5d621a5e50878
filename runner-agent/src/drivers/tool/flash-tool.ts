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
}

/** What there is to know of a vendor's flash tool. */
export interface FlashTool<Params extends ToolParams> {
  readonly name: string;
  readonly params: z.ZodType<Params>;
  readonly formats: readonly ImageFormat[];
  /** How to get it, as a sentence. */
  readonly install: string;
  readonly versionArgs: readonly string[];
  /** @param script - where {@link FlashTool.flashScript} was written */
  flashArgs(params: Params, image: ToolImage, script: string): string[];
  /** Text of a command file, for tools that take no commands as arguments. */
  flashScript?(params: Params, image: ToolImage): string;
  resetArgs?(params: Params, script: string): string[];
  resetScript?(): string;
  /** Must be in the output beside exit code 0: some tools end with 0 after an error. */
  readonly flashed: RegExp;
  readonly failures: readonly KnownFailure[];
  /** What the tool says it has programmed; counted from the image when it says nothing. */
  written?(output: string): { readonly bytes: number; readonly sectors: number } | undefined;
}
