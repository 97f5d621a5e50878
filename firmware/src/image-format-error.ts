import type { ImageFormat } from './image-info.js';

/** `image_broken`: the file contradicts itself. `image_unsupported`: sound, but not for us. */
export type ImageErrorCode = 'image_broken' | 'image_unsupported';

/** What a reader found, before it is put into words. */
export interface ImageProblem {
  readonly code: ImageErrorCode;
  readonly format: ImageFormat;
  /** Byte of the file where it was noticed. */
  readonly offset: number;
  /** A clause without a full stop. */
  readonly what: string;
  /** A sentence that says what to do. */
  readonly remedy: string;
}

/** The only error that the image readers throw, whatever the bytes are. */
export class ImageFormatError extends Error {
  override readonly name = 'ImageFormatError';
  readonly code: ImageErrorCode;
  readonly format: ImageFormat;
  readonly offset: number;
  readonly problem: ImageProblem;

  constructor(problem: ImageProblem, imageName = 'image') {
    const state = problem.code === 'image_broken' ? 'broken' : 'unsupported';
    const where = `byte 0x${problem.offset.toString(16)}`;
    super(
      `${imageName}: ${state} ${problem.format.toUpperCase()} file at ${where}: ` +
        `${problem.what}. ${problem.remedy}`,
    );
    this.code = problem.code;
    this.format = problem.format;
    this.offset = problem.offset;
    this.problem = problem;
  }
}
