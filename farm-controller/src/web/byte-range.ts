/** Bytes of a file that a request asks for: from `from` to before `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The one range of a `Range` header (RFC 9110, 14.1.2). Undefined for all of it: without a header, and for what a server
 * may pass over, such as several ranges; `none` when nothing is there.
 */
export function byteRange(
  header: string | undefined,
  bytes: number,
): ByteRange | undefined | 'none' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '')
    return last === '0' ? 'none' : { from: Math.max(0, bytes - Number(last)), to: bytes };
  const from = Number(first);
  const to = last === '' ? bytes : Math.min(bytes, Number(last) + 1);
  if (last !== '' && Number(last) < from) return undefined;
  return from < bytes ? { from, to } : 'none';
}
