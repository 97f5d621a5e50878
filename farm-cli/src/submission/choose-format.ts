import { extname } from 'node:path';
import { FarmError, IMAGE_FORMATS, type ImageFormat } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';

/** Extensions of images, the one with the most information first: one image is often built in several formats. */
export const IMAGE_EXTENSIONS = ['.elf', '.hex', '.uf2', '.bin', '.img', '.wic'] as const;
/** Contents of cards. */
const CARDS = ['.img', '.wic'];

/** Whether a file is an image by its name. */
export const isImageName = (name: string): boolean => rank(name) >= 0;

const rank = (file: string): number =>
  IMAGE_EXTENSIONS.map(String).indexOf(extname(file).toLowerCase());

/** Knows which formats boards of a target take; nothing of a target that it does not know. */
export type FormatsOf = (target: string) => Promise<readonly ImageFormat[] | undefined>;

/** Asks the farm, once and only if it matters. A farm that cannot tell is asked to judge what it gets. */
export function formatsOfFarm(client: FarmClient): FormatsOf {
  let asked: Promise<ReadonlyMap<string, readonly ImageFormat[]>> | undefined;
  return async (target) => {
    asked ??= client.imageFormats().catch(noneOfOldFarm);
    return (await asked).get(target);
  };
}

function noneOfOldFarm(error: unknown): ReadonlyMap<string, readonly ImageFormat[]> {
  if (error instanceof FarmError && error.code === 'not_found') return new Map();
  throw error;
}

/** Files of one image, the richest format first. */
export const richestFirst = (files: readonly string[]): string[] =>
  [...files].sort((a, b) => rank(a) - rank(b));

/**
 * Of files that are one image in several formats the first that the target's boards take. When they take none of them,
 * the first: the farm says what is wrong with it.
 */
export async function chooseFormat(
  files: readonly string[],
  target: string,
  formatsOf: FormatsOf,
): Promise<string | undefined> {
  const [best, second] = files;
  if (second === undefined) return best;
  const taken = await formatsOf(target);
  const isTaken = (file: string) => taken?.some((format) => format === formatOf(file)) === true;
  return files.find(isTaken) ?? best;
}

function formatOf(file: string): ImageFormat | undefined {
  const extension = extname(file).toLowerCase();
  if (CARDS.includes(extension)) return 'raw';
  return IMAGE_FORMATS.find((format) => extension === `.${format}`);
}
