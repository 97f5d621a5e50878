import type { Crash } from '@greenrack/farm-protocol';

/** Suffixes that the parts of a TrustZone target carry; one board has all of them. */
const WORLD = /_(NS|S|NPSA)$/;

/**
 * Why a crash says nothing about the code: the image names another target in its crash report than the board is.
 * @param target The board's target; undefined when it is not known.
 */
export function wrongBoard({ targetName }: Crash, target: string | undefined): string | undefined {
  if (targetName === undefined || target === undefined) return undefined;
  if (targetName.replace(WORLD, '') === target.replace(WORLD, '')) return undefined;
  return `the image was built for ${targetName}, but the board is a ${target}: submit the image built for it`;
}
