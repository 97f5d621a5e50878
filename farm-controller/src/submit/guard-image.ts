import { FarmError, MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import { tooLarge } from '../web/read-body.js';

/** First bytes of files that hold other files. */
const ARCHIVES: readonly { readonly kind: string; readonly magic: readonly number[] }[] = [
  { kind: 'ZIP archive', magic: [0x50, 0x4b, 0x03, 0x04] },
  { kind: 'ZIP archive', magic: [0x50, 0x4b, 0x05, 0x06] },
  { kind: 'gzip file', magic: [0x1f, 0x8b, 0x08] },
  { kind: 'bzip2 file', magic: [0x42, 0x5a, 0x68] },
  { kind: 'xz file', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { kind: 'zstd file', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { kind: '7z archive', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { kind: 'RAR archive', magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
];
const HEAD_BYTES = 6;

/**
 * Lets an upload through as long as it can be an image: no archive (we never unpack, so a zip bomb stays a few harmless
 * bytes), not too large. `path` is the field that names it.
 * @throws FarmError `image_unsupported`, `payload_too_large`
 */
export async function* guardImage(
  source: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  let head = Buffer.alloc(0);
  for await (const piece of source) {
    if (head.length < HEAD_BYTES) {
      head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES)]);
      refuseArchive(head, path);
    }
    size += piece.byteLength;
    if (size > MAX_FORM_IMAGE_BYTES) throw tooLarge(path, MAX_FORM_IMAGE_BYTES);
    yield piece;
  }
}

/** @throws FarmError `image_unsupported` when a file begins like an archive */
export function refuseArchive(head: Uint8Array, path: string): void {
  const found = ARCHIVES.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  if (!found) return;
  const message = `is a ${found.kind}: upload the image itself, archives are not unpacked`;
  throw new FarmError('image_unsupported', `${path}: ${message}`, { fields: [{ path, message }] });
}
