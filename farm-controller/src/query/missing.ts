import { FarmError } from '@greenrack/farm-protocol';

/** `found`, or the 404 that says what was not. */
export function orNotFound<T>(found: T | undefined, what: string): T {
  if (found !== undefined) return found;
  throw new FarmError('not_found', `There is no ${what}`);
}
