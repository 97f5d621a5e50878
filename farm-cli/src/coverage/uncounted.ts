/** A coverage file that cannot be counted. */
export class Uncounted extends Error {
  override readonly name = 'Uncounted';

  /** @param kind `lost`: its bytes did not arrive whole; `foreign`: it does not belong to the build that was named */
  constructor(
    readonly kind: 'lost' | 'foreign',
    message: string,
  ) {
    super(message);
  }
}
