/** Bytes that somebody wants of `size`. */
export interface WantedBytes {
  readonly at: number;
  readonly length: number;
  readonly size: number;
}

/** What a stream says of itself may be wrong: places in it are. @throws RangeError */
export function mustBeThere({ at, length, size }: WantedBytes): void {
  if (Number.isSafeInteger(at) && at >= 0 && length >= 0 && at + length <= size) return;
  throw new RangeError(`${length} bytes at ${at} of ${size}`);
}
