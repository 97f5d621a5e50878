import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FarmError } from '@greenrack/farm-protocol';
import { gone, tooLarge } from '../web/read-body.js';

/**
 * The bytes of a request's body, unpacked if they are packed, as they come. Counted while they are unpacked, so that a
 * bomb never takes more than `maxBytes`.
 * @throws FarmError `payload_too_large`, `invalid_request`, `unsupported_media_type`
 */
export async function* pieceBytes(
  req: IncomingMessage,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const body = unpacked(req);
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > maxBytes) throw tooLarge('(whole)', maxBytes);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    if (error instanceof FarmError) throw error;
    throw req.complete ? damaged(error) : gone();
  }
  if (!req.complete) throw gone();
}

function unpacked(req: IncomingMessage): Readable {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return req;
  if (encoding !== 'gzip') throw unknownEncoding(encoding);
  const gunzip = createGunzip();
  // Whoever reads hears of the error.
  return pipeline(req, gunzip, () => undefined);
}

function unknownEncoding(encoding: string): FarmError {
  const message = `Content-Encoding '${encoding.slice(0, 40)}': send gzip, or the bytes as they are`;
  return new FarmError('unsupported_media_type', message);
}

function damaged(cause: unknown): FarmError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the body is no sound gzip: ${why}`;
  return new FarmError('invalid_request', message, {
    fields: [{ path: '(whole)', message }],
    cause,
  });
}
