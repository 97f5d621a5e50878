import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { FarmError, MAX_IMAGES_PER_SUBMISSION, MAX_SPEC_BYTES } from '@greenrack/farm-protocol';
import busboy from 'busboy';
import { gone, tooLarge } from '../web/read-body.js';

/** One part of a multipart form, in the order of the request. */
export interface Part {
  readonly name: string;
  /** As sent: it may be a path, or anything else. */
  readonly fileName: string | undefined;
  readonly mime: string;
  readonly body: Readable;
}

/**
 * Hands the parts of a form to `onPart`, one after the other, as they arrive. What is not read yet waits in the socket:
 * memory stays bounded whatever is sent. Rejects with the first error, once the part at hand has been given up; the
 * request itself is left open, so that it can be answered.
 * @throws FarmError `invalid_request`, `payload_too_large` over `maxBytes` in total
 */
export function readParts(
  req: IncomingMessage,
  maxBytes: number,
  onPart: (part: Part) => Promise<void>,
): Promise<void> {
  const parser = newParser(req);
  let queue: Promise<void> = Promise.resolve();
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      req.unpipe(parser);
      parser.destroy(error instanceof Error ? error : undefined);
      const give = () => reject(error);
      queue.then(give, give);
    };
    const take = (part: Part) => {
      // A part that is given up before its turn has no reader: its error is that of the request, told by `fail`.
      part.body.on('error', () => undefined);
      queue = queue.then(() => onPart(part));
      queue.catch(fail);
    };
    parser.on('file', (name, body, info) =>
      take({ name: name ?? '', fileName: info.filename, mime: info.mimeType, body }),
    );
    parser.on('field', (name, value, info) =>
      take({
        name: name ?? '',
        fileName: undefined,
        mime: info.mimeType,
        body: Readable.from([Buffer.from(value)]),
      }),
    );
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => fail(tooMany()));
    parser.on('error', (error: unknown) => fail(malformed(error)));
    parser.on('close', () => queue.then(resolve, reject));
    failOnBadEnd(req, maxBytes, fail);
    req.pipe(parser);
  });
}

function newParser(req: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      // Paths are refused, not cut down to their last part.
      preservePath: true,
      defParamCharset: 'utf8',
      limits: {
        // The spec, and one more so that a file part without a file name is told what it lacks. Fields are held in memory.
        fields: 2,
        fieldSize: MAX_SPEC_BYTES + 1,
        files: MAX_IMAGES_PER_SUBMISSION + 1,
        parts: MAX_IMAGES_PER_SUBMISSION + 2,
      },
    });
  } catch (error) {
    throw malformed(error);
  }
}

function failOnBadEnd(
  req: IncomingMessage,
  maxBytes: number,
  fail: (error: unknown) => void,
): void {
  let total = 0;
  req.on('data', (piece: Uint8Array) => {
    total += piece.byteLength;
    if (total > maxBytes) fail(tooLarge('(whole)', maxBytes));
  });
  req.once('close', () => {
    if (!req.complete) fail(gone());
  });
}

function malformed(error: unknown): FarmError {
  const why = error instanceof Error ? error.message : 'unreadable';
  const message = `not a sound multipart/form-data body: ${why}`;
  return new FarmError('invalid_request', message, {
    fields: [{ path: '(whole)', message }],
    cause: error,
  });
}

function tooMany(): FarmError {
  const message = `one spec and at most ${MAX_IMAGES_PER_SUBMISSION} images: this has more parts`;
  return new FarmError('payload_too_large', message, { fields: [{ path: '(whole)', message }] });
}
