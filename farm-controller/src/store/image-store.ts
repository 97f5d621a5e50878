import { chunksFor } from './bulk.js';
import type { ImageStore, StoredImage } from './ports.js';
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
    const attempt = await this.#db.queries
      .selectFrom('attempts')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .select('attempts.id')
      .where('attempts.state', '=', RUNNING)
      .where('attempts.agent', '=', agent)
      .where('runs.image_sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    return attempt !== undefined;
  }

  async missing(sha256: readonly string[]): Promise<string[]> {
    const known = new Set<string>();
    for (const chunk of chunksFor(sha256, 1, 1_000)) {
      const rows = this.#db.queries.selectFrom('images').select('sha256');
      for (const row of await rows.where('sha256', 'in', chunk).execute()) known.add(row.sha256);
    }
    return sha256.filter((one) => !known.has(one));
  }

  async put(image: StoredImage, nowMs: number): Promise<void> {
    await this.#db.transact((tx) =>
      tx
        .insertInto('images')
        .values({
          sha256: image.sha256,
          size_bytes: image.sizeBytes,
          format: image.format,
          target_name: image.targetName ?? null,
          segments_json: JSON.stringify(image.segments),
          created_ms: nowMs,
        })
        .onConflict((oc) => oc.column('sha256').doNothing())
        .execute(),
    );
  }
}
