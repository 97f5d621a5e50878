import { parentPort } from 'node:worker_threads';
import { type ImageFacts, type ImageQuestion, readFacts } from './image-facts.js';
import { ImageFormatError, type ImageProblem } from './image-format-error.js';

/** What it answers; errors do not cross threads with their class. */
export type ImageAnswer =
  | { readonly ok: true; readonly facts: Partial<ImageFacts> }
  | { readonly ok: false; readonly problem: ImageProblem };

function answer(question: ImageQuestion): ImageAnswer {
  try {
    return { ok: true, facts: readFacts(question) };
  } catch (error) {
    if (error instanceof ImageFormatError) return { ok: false, problem: error.problem };
    throw error;
  }
}

parentPort?.on('message', (question: ImageQuestion) => parentPort?.postMessage(answer(question)));
