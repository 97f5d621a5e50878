import { boardsOf } from '@greenrack/farm-model';
import type { Assignment } from '@greenrack/farm-protocol';
import { chunksFor } from './bulk.js';
import type { ImageStore, StoredImage } from './ports.js';
import { refuseOverBytes } from './quota.js';
import { RUNNING } from './state-literals.js';
import type { StoreDatabase } from './store-database.js';
import { parseJson } from './views.js';

/** Facts about images in the database; their bytes are in the blob store. */
export class SqlImageStore implements ImageStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async get(sha256: string): Promise<StoredImage | undefined> {
    const row = await this.#db.queries
      .selectFrom('images')
      .selectAll()
      .where('sha256', '=', sha256)
      .where('removed_ms', 'is', null)
      .executeTakeFirst();
    if (!row) return undefined;
    return {
      sha256: row.sha256,
      sizeBytes: row.size_bytes,
      format: row.format,
      ...(row.target_name === null ? {} : { targetName: row.target_name }),
      segments: parseJson(row.segments_json),
    };
  }

  async isAssigned(sha256: string, agent: string): Promise<boolean> {
    const orders = await this.#db.queries
      .selectFrom('attempts')
      .select('assignment_json')
      .where('state', '=', RUNNING)
      .where('agent', '=', agent)
      .where('assignment_json', 'like', `%${sha256}%`)
      .execute();
    // The run's name may look like a hash; what counts is what its boards run.
    return orders.some(({ assignment_json }) =>
      boardsOf(parseJson<Assignment>(assignment_json)).some(({ image }) => image.sha256 === sha256),
    );
  }

  async missing(sha256: readonly string[]): Promise<string[]> {
    const known = new Set<string>();
    for (const chunk of chunksFor(sha256, 1, 1_000)) {
      const rows = this.#db.queries
        .selectFrom('images')
        .select('sha256')
        .where('removed_ms', 'is', null);
      for (const row of await rows.where('sha256', 'in', chunk).execute()) known.add(row.sha256);
    }
    return sha256.filter((one) => !known.has(one));
  }

  async removedMs(sha256: string): Promise<number | undefined> {
    const row = await this.#db.queries
      .selectFrom('images')
      .select('removed_ms')
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    return row?.removed_ms ?? undefined;
  }

  async put(image: StoredImage, nowMs: number, tenant?: string): Promise<void> {
    const brought = { removed_ms: null, created_ms: nowMs, tenant: tenant ?? null };
    await this.#db.transact(async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('images')
        .values({
          sha256: image.sha256,
          size_bytes: image.sizeBytes,
          format: image.format,
          target_name: image.targetName ?? null,
          segments_json: JSON.stringify(image.segments),
          ...brought,
        })
        .onConflict((oc) =>
          oc.column('sha256').doUpdateSet(brought).where('images.removed_ms', 'is not', null),
        )
        .executeTakeFirst();
      if (tenant === undefined || numInsertedOrUpdatedRows === 0n) return;
      await refuseOverBytes(tx, tenant, { bytes: 0, path: 'images' });
    }, 'urgent');
  }
}
