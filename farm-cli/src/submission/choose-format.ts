import { chooseFormat as choose } from '@greenrack/farm-model';
import { FarmError, type ImageFormat } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';

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

/** Of files that are one image in several formats the first that the target's boards take. */
export async function chooseFormat(
  files: readonly string[],
  target: string,
  formatsOf: FormatsOf,
): Promise<string | undefined> {
  const [best, second] = files;
  return second === undefined ? best : choose(files, await formatsOf(target));
}
