import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FarmError, sha256Schema } from '@greenrack/farm-protocol';
import { z } from 'zod';

/** One file of a backup: what it is called there, and what proves that it is whole. */
export const copiedFileSchema = z.object({
  path: z
    .string()
    .max(400)
    .regex(/^(farm\.(sqlite|dump)|(artifacts|spool)(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)$/),
  bytes: z.number().int().min(0),
  sha256: sha256Schema,
});
export type CopiedFile = z.infer<typeof copiedFileSchema>;
type Proof = Omit<CopiedFile, 'path'>;

/** Writes a file that is durable when this resolves. */
export async function writeFileOf(path: string, source: AsyncIterable<Uint8Array>): Promise<Proof> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hashing = new Hashing(source);
  const file = await open(path, 'w', 0o600);
  try {
    for await (const piece of hashing) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  return hashing.proof();
}

/** The bytes that an open file has now, whether it grows or is removed meanwhile. */
export async function* bytesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat();
  if (size === 0) return;
  const stream = file.createReadStream({ end: size - 1, autoClose: false });
  for await (const piece of stream) yield piece as Uint8Array;
}

/** Proves a file by reading it. */
export async function proofOf(path: string): Promise<Proof> {
  const hashing = new Hashing(createReadStream(path));
  for await (const _ of hashing);
  return hashing.proof();
}

/** The bytes of a copied file. The reader gets an error instead of an end when they are not those that were copied. */
export async function* provenBytes(root: string, file: CopiedFile): AsyncGenerator<Uint8Array> {
  const hashing = new Hashing(createReadStream(`${root}/${file.path}`));
  yield* hashing;
  const { bytes, sha256 } = hashing.proof();
  if (bytes === file.bytes && sha256 === file.sha256) return;
  const message = `${file.path} of the backup is damaged: ${bytes} bytes with SHA-256 ${sha256}, expected ${file.bytes} with ${file.sha256}`;
  throw new FarmError('invalid_configuration', message);
}

class Hashing implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#source) {
      this.#hash.update(piece);
      this.#bytes += piece.byteLength;
      yield piece;
    }
  }

  proof(): Proof {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
