import type { Readable } from 'node:stream';
import { FarmError } from '@greenrack/farm-protocol';

/** The whole of a small stream. @throws FarmError `payload_too_large` */
export function readBody(stream: Readable, maxBytes: number, what: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    stream.on('data', (piece: Uint8Array) => {
      size += piece.byteLength;
      if (size > maxBytes) reject(tooLarge(what, maxBytes));
      else pieces.push(piece);
    });
    stream.once('end', () => resolve(Buffer.concat(pieces)));
    stream.once('error', reject);
    stream.once('close', () => reject(gone()));
  });
}

export function tooLarge(what: string, maxBytes: number): FarmError {
  const message = `over ${maxBytes} bytes`;
  return new FarmError('payload_too_large', `${what}: ${message}`, {
    fields: [{ path: what, message }],
  });
}

/** What is said to nobody, when a client hangs up. */
export function gone(): FarmError {
  return new FarmError('invalid_request', 'the client hung up before the end of its request');
}
