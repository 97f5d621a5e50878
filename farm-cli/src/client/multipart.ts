import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A file to upload under a bare name; read only while it is sent. */
export interface MultipartFile {
  readonly name: string;
  readonly path: string;
}

/** `multipart/form-data` (RFC 7578): the part `spec` first, then one part `image` per file. Files are streamed. */
export function encodeMultipart(
  spec: string,
  files: readonly MultipartFile[],
): { contentType: string; chunks: AsyncIterable<Uint8Array> } {
  const boundary = `greenrack-${randomBytes(16).toString('hex')}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    // Begun anew for each sending.
    chunks: { [Symbol.asyncIterator]: () => parts(boundary, spec, files) },
  };
}

async function* parts(
  boundary: string,
  spec: string,
  files: readonly MultipartFile[],
): AsyncGenerator<Uint8Array> {
  yield head(boundary, 'name="spec"', 'application/json');
  yield Buffer.from(`${spec}\r\n`);
  for (const file of files) {
    // Names have passed fileNameSchema: no quote or line break can be in them.
    yield head(boundary, `name="image"; filename="${file.name}"`, 'application/octet-stream');
    for await (const chunk of createReadStream(file.path)) yield chunk;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

function head(boundary: string, disposition: string, type: string): Uint8Array {
  const lines = [
    `--${boundary}`,
    `Content-Disposition: form-data; ${disposition}`,
    `Content-Type: ${type}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}
