import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SubmissionCreated, SubmissionSpec } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { UsageError } from '../exit-code.js';
import { type LargeFile, PIECES_FROM_BYTES, uploadInPieces } from './upload-pieces.js';

/** A spec whose images are named by hash, and where their bytes are. */
export interface PreparedSubmission {
  readonly spec: SubmissionSpec;
  /** Image name → file. An image that only the farm has is not in it. */
  readonly files: ReadonlyMap<string, string>;
}

/** Name, hash and size of a file, without holding it in memory. */
export async function hashFile(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { sha256: hash.digest('hex'), sizeBytes: (await stat(path)).size };
}

/** Hears how much of a large image the farm has. */
export type UploadListener = (name: string, doneBytes: number, sizeBytes: number) => void;

/** Submits, and uploads only what the farm does not have. The submission stands when this returns. */
export async function submitPrepared(
  client: FarmClient,
  prepared: PreparedSubmission,
  uploaded: UploadListener = () => undefined,
): Promise<SubmissionCreated> {
  const images = prepared.spec.images;
  const hashes = images.flatMap((image) => image.sha256 ?? []);
  const missing = await client.uploads.missingImages([...new Set(hashes)]);
  const uploads = images.flatMap((image) => {
    if (image.sha256 === undefined || !missing.has(image.sha256)) return [];
    // Two names for the same bytes are uploaded once.
    missing.delete(image.sha256);
    const path = prepared.files.get(image.name);
    const { name, sha256, sizeBytes = 0 } = image;
    if (path !== undefined) return [{ name, path, sha256, sizeBytes }];
    throw new UsageError(`image ${image.name}: not beside the spec, and the farm does not have it`);
  });
  const isLarge = ({ sizeBytes }: LargeFile) => sizeBytes > PIECES_FROM_BYTES;
  for (const file of uploads.filter(isLarge))
    await uploadInPieces(client, file, (done) => uploaded(file.name, done, file.sizeBytes));
  const small = uploads.filter((file) => !isLarge(file));
  return await client.submit(prepared.spec, small);
}
