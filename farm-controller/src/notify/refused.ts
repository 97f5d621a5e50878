/** A message that its target will never take: sending it again is useless. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
