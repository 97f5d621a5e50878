import { randomBytes } from 'node:crypto';
import { FarmError } from '@greenrack/farm-protocol';
import {
  putDuty,
  refuseOverBytes,
  type StoreDatabase,
  type Tx,
  type UploadRow,
} from '../store/for-stages.js';

/** Unfinished uploads that a tenant may have. */
export const MAX_UPLOADS = 8;
/** An upload that gets nothing for so long is given up. */
export const UPLOAD_KEPT_MS = 86_400_000;

export interface UploadPiece {
  readonly name: string;
  readonly bytes: number;
}

/** Uploads that are under way, and which pieces they have. Whatever ends one leaves a duty that removes its pieces. */
export class UploadStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async underWay(tenant: string, sha256: string): Promise<UploadRow | undefined> {
    return this.#db.queries
      .selectFrom('uploads')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('sha256', '=', sha256)
      .where('ended', '=', 0)
      .executeTakeFirst();
  }

  /** The upload of that hash, begun if it is not under way. @throws FarmError `conflict`, `quota_exceeded`, `too_many_requests` */
  async begin(
    tenant: string,
    { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
    nowMs: number,
  ): Promise<UploadRow> {
    const id = `upl_${randomBytes(16).toString('hex')}`;
    await this.#db.transact(async (tx) => {
      // Of uploads that begin at once each sees those before it.
      const row = tx.selectFrom('tenants').select('tenant').where('tenant', '=', tenant);
      await this.#db.dialect.lockRows(row).execute();
      const begun = await this.#all(tx, tenant);
      if (begun.some((other) => other.sha256 === sha256)) return;
      if (begun.length >= MAX_UPLOADS) throw tooMany();
      await tx
        .insertInto('uploads')
        .values({
          ...{ id, tenant, sha256, size_bytes: sizeBytes },
          ...{ received_bytes: 0, ended: 0, touched_ms: nowMs },
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await putDuty(tx, { kind: 'endUpload', subject: id, dueMs: nowMs + UPLOAD_KEPT_MS }, nowMs);
      await refuseOverBytes(tx, tenant, { bytes: 0, path: 'sizeBytes' });
    });
    const upload = await this.underWay(tenant, sha256);
    if (upload?.size_bytes === sizeBytes) return upload;
    const message = `an upload of ${sha256} is under way with ${upload?.size_bytes ?? 0} bytes, this one has ${sizeBytes}`;
    throw new FarmError('conflict', message, { fields: [{ path: 'sizeBytes', message }] });
  }

  /** Notes a piece that the artifact store has. False when another came before it. */
  async add(
    { id, received_bytes: at_byte }: UploadRow,
    { name, bytes }: UploadPiece,
    nowMs: number,
  ): Promise<boolean> {
    return this.#db.transact(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('uploads')
        .set({ received_bytes: at_byte + bytes, touched_ms: nowMs })
        .where('id', '=', id)
        .where('received_bytes', '=', at_byte)
        .where('ended', '=', 0)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await tx
        .insertInto('upload_pieces')
        .values({ upload_id: id, at_byte, bytes, name })
        .execute();
      return true;
    });
  }

  /** In their order. */
  async pieces({ id }: UploadRow): Promise<UploadPiece[]> {
    return this.#db.queries
      .selectFrom('upload_pieces')
      .select(['name', 'bytes'])
      .where('upload_id', '=', id)
      .orderBy('at_byte')
      .execute();
  }

  /** It is finished or given up. */
  async end({ id }: UploadRow, nowMs: number): Promise<void> {
    await this.#db.transact(async (tx) => {
      await tx.updateTable('uploads').set({ ended: 1 }).where('id', '=', id).execute();
      await putDuty(tx, { kind: 'endUpload', subject: id, dueMs: nowMs }, nowMs);
    });
  }

  /** When to ask again whether it is to be given up; undefined when its pieces may go. */
  async expiryOf(id: string, nowMs: number): Promise<number | undefined> {
    const untouchedMs = nowMs - UPLOAD_KEPT_MS;
    await this.#db.queries
      .updateTable('uploads')
      .set({ ended: 1 })
      .where('id', '=', id)
      .where('touched_ms', '<=', untouchedMs)
      .execute();
    const row = await this.#db.queries
      .selectFrom('uploads')
      .select(['ended', 'touched_ms'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.ended === 0 ? row.touched_ms + UPLOAD_KEPT_MS : undefined;
  }

  async forget(id: string): Promise<void> {
    await this.#db.transact(async (tx) => {
      await tx.deleteFrom('upload_pieces').where('upload_id', '=', id).execute();
      await tx.deleteFrom('uploads').where('id', '=', id).execute();
    });
  }

  #all(tx: Tx, tenant: string): Promise<{ sha256: string }[]> {
    return tx
      .selectFrom('uploads')
      .select('sha256')
      .where('tenant', '=', tenant)
      .where('ended', '=', 0)
      .execute();
  }
}

function tooMany(): FarmError {
  const message = `${MAX_UPLOADS} uploads of this tenant are unfinished: finish one or give one up (DELETE /api/v1/uploads/<sha256>); untouched ones are given up after a day`;
  return new FarmError('too_many_requests', message, { context: { retryAfterS: 60 } });
}
