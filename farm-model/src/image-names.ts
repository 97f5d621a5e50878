import { IMAGE_FORMATS, type ImageFormat } from '@greenrack/farm-protocol';

/** Extensions of images, the one with the most information first: one image is often built in several formats. */
export const IMAGE_EXTENSIONS = ['.elf', '.hex', '.uf2', '.bin', '.img', '.wic'] as const;
/** Contents of cards. */
const CARDS: readonly string[] = ['.img', '.wic'];

/** The extension of a file's name, with its dot and in small letters. */
export const extensionOf = (file: string): string =>
  /[^/]\.[^./]*$/.exec(file)?.[0].slice(1).toLowerCase() ?? '';

const rank = (file: string): number => IMAGE_EXTENSIONS.map(String).indexOf(extensionOf(file));

/** Whether a file is an image by its name. */
export const isImageName = (name: string): boolean => rank(name) >= 0;

/** Files of one image, the richest format first. */
export const richestFirst = (files: readonly string[]): string[] =>
  [...files].sort((a, b) => rank(a) - rank(b));

/**
 * Of files that are one image in several formats the first that the target's boards take. When they take none of them,
 * the first: the farm says what is wrong with it.
 */
export function chooseFormat(
  files: readonly string[],
  taken: readonly ImageFormat[] | undefined,
): string | undefined {
  const isTaken = (file: string) => taken?.some((format) => format === formatOf(file)) === true;
  return files.find(isTaken) ?? files[0];
}

function formatOf(file: string): ImageFormat | undefined {
  const extension = extensionOf(file);
  if (CARDS.includes(extension)) return 'raw';
  return IMAGE_FORMATS.find((format) => extension === `.${format}`);
}
