import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  FarmError,
  MAX_FORM_IMAGE_BYTES,
  MAX_PIECE_BYTES,
  MIN_PIECE_BYTES,
  type UploadView,
} from '@greenrack/farm-protocol';
import type { UploadRow } from '../store/for-stages.js';
import type { ArtifactStore, BlobStore, Store } from '../store/ports.js';
import { FairTurns } from '../timing/fair-turns.js';
import { examineImage, refuseLarge } from './examine-image.js';
import { refuseArchive } from './guard-image.js';
import { pieceBytes } from './piece-bytes.js';
import type { Reader } from './read-yaml.js';
import { UPLOAD_KEPT_MS, type UploadPiece, UploadStore } from './upload-store.js';

export interface UploadsDeps {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly blobs: BlobStore;
  /** Bytes free where artifacts are kept; undefined where nobody can say. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly now: () => number;
}

export interface UploadOf {
  readonly reader: Reader;
  readonly sha256: string;
}

/** What runs needs the rest of the disk. */
const RESERVE_BYTES = MAX_FORM_IMAGE_BYTES;
const HEAD_BYTES = 4096;

/**
 * Images that come piece by piece. Each piece is a file of the artifact store, whichever controller it came to; the
 * database knows which they are. Once all are here they become one blob.
 */
export class Uploads {
  readonly #deps: UploadsDeps;
  readonly #rows: UploadStore;
  /** Pieces at a time: each takes memory where the store is no folder. */
  readonly #taking = new FairTurns({ places: 64, placesEach: 2, waitingEach: 100 });
  readonly #finishing = new FairTurns({ places: 2, placesEach: 1, waitingEach: 100 });
  /** By id: who asks again, after a cut, waits for the same. */
  readonly #finished = new Map<string, Promise<void>>();

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
    this.#rows = new UploadStore(deps.store.database);
  }

  /** Begins an upload, or finds the one that is under way, or that the farm has the image. */
  async begin({ reader, sha256 }: UploadOf, sizeBytes: number): Promise<UploadView> {
    const done = await this.#done(sha256);
    if (done) return done;
    const known = await this.#rows.underWay(reader.tenant, sha256);
    // Once in pieces, and once as a whole.
    if (!known) await this.#mustHaveRoom(2 * sizeBytes);
    return viewOf(await this.#rows.begin(reader.tenant, { sha256, sizeBytes }, this.#deps.now()));
  }

  async find({ reader, sha256 }: UploadOf): Promise<UploadView> {
    return (await this.#done(sha256)) ?? viewOf(await this.#underWay({ reader, sha256 }));
  }

  /** Takes the next piece: all of it or nothing, for good when this resolves. */
  async take(of: UploadOf, offset: number, req: IncomingMessage): Promise<UploadView> {
    const { tenant, signal } = of.reader;
    return this.#taking.run(tenant, signal, async () => {
      const upload = await this.#underWay(of);
      if (offset !== upload.received_bytes) throw elsewhere(offset, upload);
      const maxBytes = Math.min(MAX_PIECE_BYTES, upload.size_bytes - offset);
      await this.#mustHaveRoom(maxBytes);
      const piece = await this.#keep(upload, pieceBytes(req, maxBytes));
      const why = whyNot(piece, upload);
      const added = why === undefined && (await this.#rows.add(upload, piece, this.#deps.now()));
      if (!added) await this.#deps.artifacts.delete(keyOf(upload.id, piece.name));
      if (why !== undefined) throw why;
      const now = await this.#underWay(of);
      if (!added) throw elsewhere(offset, now);
      return viewOf(now);
    });
  }

  /** Makes an image of what has come; may be asked for again. */
  async finish(of: UploadOf): Promise<UploadView> {
    const done = await this.#done(of.sha256);
    if (done) return done;
    const upload = await this.#underWay(of);
    if (upload.received_bytes !== upload.size_bytes) throw unfinished(upload);
    const before = this.#finished.get(upload.id);
    const mine = before ?? this.#finishInTurn(upload, of.reader.tenant);
    this.#finished.set(upload.id, mine);
    await mine;
    return viewOfImage(of.sha256, upload.size_bytes);
  }

  async giveUp(of: UploadOf): Promise<UploadView> {
    const upload = await this.#underWay(of);
    await this.#rows.end(upload, this.#deps.now());
    return viewOf(upload);
  }

  /** The duty `endUpload`: removes the pieces of one that has ended. Answers when to look again at one that has not. */
  async sweep(id: string): Promise<number | undefined> {
    const { artifacts, now } = this.#deps;
    const againMs = await this.#rows.expiryOf(id, now());
    if (againMs !== undefined) return againMs;
    for await (const { key } of artifacts.list(`uploads/${id}`)) await artifacts.delete(key);
    await this.#rows.forget(id);
    return undefined;
  }

  #finishInTurn(upload: UploadRow, tenant: string): Promise<void> {
    // Goes on when whoever asked has gone: they ask again.
    const never = new AbortController().signal;
    const work = () => this.#assemble(upload, { tenant, signal: never });
    return this.#finishing.run(tenant, never, work).finally(() => this.#finished.delete(upload.id));
  }

  async #assemble(upload: UploadRow, reader: Reader): Promise<void> {
    const { blobs, store, now } = this.#deps;
    const { sha256, size_bytes: sizeBytes } = upload;
    try {
      const pieces = await this.#rows.pieces(upload);
      await this.#refuseEarly(upload, pieces);
      // The quota may be smaller now; a blob that is refused later stays for days.
      await store.tenants.mayStore(upload.tenant, { bytes: 0, path: 'sizeBytes' });
      await this.#mustHaveRoom(sizeBytes);
      await blobs.keep({ sha256, sizeBytes }, this.#bytesOf(upload, pieces));
      const at = { name: sha256, path: 'upload' };
      const image = await examineImage({ sha256, sizeBytes }, at, { blobs, reader });
      await store.images.put(image, now(), upload.tenant);
    } catch (error) {
      if (isFinal(error)) await this.#rows.end(upload, now());
      throw error;
    }
    await this.#rows.end(upload, now());
  }

  /** Before gigabytes are read. */
  async #refuseEarly(upload: UploadRow, [first]: readonly UploadPiece[]): Promise<void> {
    if (!first) return;
    const { sha256, size_bytes: sizeBytes } = upload;
    const key = keyOf(upload.id, first.name);
    const head = await buffer(this.#deps.artifacts.read(key, { to: HEAD_BYTES }));
    refuseArchive(head, 'upload');
    await refuseLarge({ sha256, sizeBytes }, head, { name: sha256, path: 'upload' });
  }

  async *#bytesOf({ id }: UploadRow, pieces: readonly UploadPiece[]): AsyncGenerator<Uint8Array> {
    for (const { name } of pieces) yield* this.#deps.artifacts.read(keyOf(id, name));
  }

  async #keep({ id }: UploadRow, source: AsyncIterable<Uint8Array>): Promise<UploadPiece> {
    const name = randomBytes(16).toString('hex');
    return { name, bytes: await this.#deps.artifacts.put(keyOf(id, name), source) };
  }

  async #done(sha256: string): Promise<UploadView | undefined> {
    const image = await this.#deps.store.images.get(sha256);
    return image && viewOfImage(sha256, image.sizeBytes);
  }

  async #underWay({ reader, sha256 }: UploadOf): Promise<UploadRow> {
    const upload = await this.#rows.underWay(reader.tenant, sha256);
    if (upload) return upload;
    const message = `no upload of ${sha256} is under way: begin one with PUT /api/v1/uploads/${sha256}`;
    throw new FarmError('not_found', message);
  }

  async #mustHaveRoom(bytes: number): Promise<void> {
    const free = await this.#deps.freeBytes();
    const need = bytes + RESERVE_BYTES;
    if (free === undefined || free >= need) return;
    const message = `the upload needs ${need} bytes on the farm's disk, ${free} are free: have images removed (greenrack storage) or make room`;
    throw new FarmError('storage_full', message);
  }
}

const keyOf = (id: string, name: string) => `uploads/${id}/${name}`;

const viewOf = (row: UploadRow): UploadView => ({
  ...{ sha256: row.sha256, sizeBytes: row.size_bytes, offset: row.received_bytes },
  ...{ state: 'receiving', expiresMs: row.touched_ms + UPLOAD_KEPT_MS },
});

const viewOfImage = (sha256: string, sizeBytes: number): UploadView => ({
  ...{ sha256, sizeBytes, offset: sizeBytes, state: 'done' },
});

/** Nothing that comes later makes an image of these pieces. */
const isFinal = (error: unknown): boolean =>
  error instanceof FarmError &&
  ['image_mismatch', 'image_unsupported', 'image_broken', 'not_found'].includes(error.code);

/** Rows and files of an upload are as few as they may be. */
function whyNot({ bytes }: UploadPiece, upload: UploadRow): FarmError | undefined {
  if (bytes >= MIN_PIECE_BYTES || upload.received_bytes + bytes === upload.size_bytes) return;
  const message = `the piece has ${bytes} bytes: send at least ${MIN_PIECE_BYTES}, but for the last`;
  return new FarmError('invalid_request', message, { fields: [{ path: '(whole)', message }] });
}

function elsewhere(offset: number, { received_bytes: has }: UploadRow): FarmError {
  const message = `the next piece begins at ${has}, this one at ${offset}`;
  return new FarmError('conflict', message, { fields: [{ path: 'offset', message }] });
}

function unfinished({ received_bytes: has, size_bytes: of }: UploadRow): FarmError {
  const message = `${has} of ${of} bytes have come: send the rest first`;
  return new FarmError('conflict', message, { fields: [{ path: 'offset', message }] });
}
