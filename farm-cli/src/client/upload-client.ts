import { Readable } from 'node:stream';
import { imageQueryReplySchema, type UploadView, uploadViewSchema } from '@greenrack/farm-protocol';
import { type FarmHttp, get, type HttpRequest, TRANSFER_MS } from './farm-http.js';
import { queryString } from './read-pages.js';

/** A piece of an upload over a slow line, in ms. */
const PIECE_MS = 300_000;
/** Hashes that one query may hold. */
const QUERY_CHUNK = 1000;

/** Uploads of images. */
export class UploadClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  /** Which of the images the farm does not have yet. */
  async missingImages(sha256: readonly string[]): Promise<Set<string>> {
    const missing = new Set<string>();
    for (let at = 0; at < sha256.length; at += QUERY_CHUNK) {
      const json = { sha256: sha256.slice(at, at + QUERY_CHUNK) };
      const request: HttpRequest = { method: 'POST', path: '/images/query', json };
      const reply = await this.#http.read(imageQueryReplySchema, request);
      for (const hash of reply.missing) missing.add(hash);
    }
    return missing;
  }

  /** Begins to upload an image in pieces, or finds how far it is. */
  async beginUpload(sha256: string, sizeBytes: number): Promise<UploadView> {
    const request = { ...get('uploads', sha256), method: 'PUT', json: { sizeBytes } } as const;
    return await this.#http.read(uploadViewSchema, request);
  }

  /** Sends one piece; when this returns, the farm has it for good. */
  async sendPiece(
    sha256: string,
    offset: number,
    { bytes, encoding }: { bytes: Uint8Array; encoding?: 'gzip' },
  ): Promise<UploadView> {
    return await this.#http.read(uploadViewSchema, {
      method: 'PATCH',
      path: `${get('uploads', sha256).path}${queryString({ offset: String(offset) })}`,
      body: {
        contentType: 'application/octet-stream',
        ...(encoding && { encoding }),
        chunks: Readable.from([bytes]),
      },
      timeoutMs: PIECE_MS,
    });
  }

  /** Has an image made of all pieces. */
  async finishUpload(sha256: string): Promise<UploadView> {
    const request = { ...get('uploads', sha256, 'finish'), method: 'POST' } as const;
    return await this.#http.read(uploadViewSchema, { ...request, timeoutMs: TRANSFER_MS });
  }
}
