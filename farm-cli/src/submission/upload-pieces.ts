import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { FarmError, type UploadView } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';

/** Larger files are uploaded piece by piece, before the submission. */
export const PIECES_FROM_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 16 * 1024 * 1024;
/** Between tries in a row that bring nothing: a controller that restarts is back by then. */
const PAUSES_MS = [250, 1_000, 4_000, 8_000, 15_000, 30_000];
/** Beginning of a piece that tells whether packing it is worth the time. */
const SAMPLE_BYTES = 64 * 1024;
/** The fastest: lines are slower than processors. */
const LEVEL = { level: 1 };

export interface LargeFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

type Told = (doneBytes: number) => void;

/**
 * Uploads a file in pieces, from where an earlier try ended, whoever made it. Goes on when the farm was away for a while.
 * @throws FarmError
 */
export async function uploadInPieces(
  client: FarmClient,
  file: LargeFile,
  told: Told,
): Promise<void> {
  let doneBytes = 0;
  for (let failures = 0; ; failures++) {
    const before = doneBytes;
    const moved: Told = (bytes) => {
      doneBytes = Math.max(doneBytes, bytes);
      told(bytes);
    };
    try {
      return await uploadOnce(client, file, moved);
    } catch (error) {
      if (doneBytes > before) failures = 0;
      const pauseMs = PAUSES_MS[failures];
      if (!mayGoOn(error) || pauseMs === undefined) throw error;
      await delay(pauseMs);
    }
  }
}

/** The farm is away, or somebody else uploads the same: its next answer says how far it is. */
const mayGoOn = (error: unknown): boolean =>
  error instanceof FarmError && ['unavailable', 'conflict'].includes(error.code);

async function uploadOnce(client: FarmClient, file: LargeFile, told: Told): Promise<void> {
  const { path, sha256, sizeBytes } = file;
  let upload: UploadView = await client.uploads.beginUpload(sha256, sizeBytes);
  const handle = await open(path);
  try {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes));
    while (upload.state === 'receiving' && upload.offset < sizeBytes) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, upload.offset);
      if (bytesRead === 0) throw shorter(file, upload.offset);
      const bytes = await packed(piece.subarray(0, bytesRead));
      upload = await client.uploads.sendPiece(sha256, upload.offset, bytes);
      told(upload.offset);
    }
  } finally {
    await handle.close();
  }
  if (upload.state === 'receiving') await client.uploads.finishUpload(sha256);
}

async function packed(bytes: Uint8Array): Promise<{ bytes: Uint8Array; encoding?: 'gzip' }> {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const isWorthIt = gzipSync(sample, LEVEL).length < sample.length * 0.875;
  if (!isWorthIt) return { bytes };
  return { bytes: await promisify(gzip)(bytes, LEVEL), encoding: 'gzip' };
}

function shorter({ path, sizeBytes }: LargeFile, at: number): FarmError {
  const message = `${path}: had ${sizeBytes} bytes when it was hashed and ends at ${at} now: submit it again`;
  return new FarmError('image_mismatch', message);
}
