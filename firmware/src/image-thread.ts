import { parentPort } from 'node:worker_threads';
import { ImageFormatError, type ImageProblem } from './image-format-error.js';
import type { ImageInfo } from './image-info.js';
import { readImage } from './read-image.js';

/** What the thread is asked. */
export interface ImageQuestion {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly lookFor: readonly string[];
}

/** What it answers; errors do not cross threads with their class. */
export type ImageAnswer =
  | { readonly ok: true; readonly info: ImageInfo }
  | { readonly ok: false; readonly problem: ImageProblem };

function answer({ bytes, name, lookFor }: ImageQuestion): ImageAnswer {
  try {
    return { ok: true, info: readImage(bytes, name, lookFor) };
  } catch (error) {
    if (error instanceof ImageFormatError) return { ok: false, problem: error.problem };
    throw error;
  }
}

parentPort?.on('message', (question: ImageQuestion) => parentPort?.postMessage(answer(question)));
