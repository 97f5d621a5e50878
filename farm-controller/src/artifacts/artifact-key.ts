import { FarmError } from '@greenrack/farm-protocol';

const KEY = /^[a-z]+(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;
const MAX_CHARS = 300;

/** The key, if it is one: it becomes a path, and never one that leads out of the store. @throws FarmError `invalid_request` */
export function checkedKey(key: string): string {
  if (key.length <= MAX_CHARS && KEY.test(key)) return key;
  throw new FarmError('invalid_request', `no key of an artifact: ${JSON.stringify(key)}`);
}

/** Nothing is kept under the key. */
export function noArtifact(key: string): FarmError {
  return new FarmError('not_found', `the artifact store has no ${key}`);
}
