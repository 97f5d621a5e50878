import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Schema } from '@greenrack/farm-protocol';
import { absentAs } from './durable-files.js';
import type { ImageStore } from './ports.js';

/** Blobs that one sweep removes at most: a start must not wait for ever. The next one goes on. */
const MAX_REMOVED = 10_000;
/** Younger blobs stay: whoever looks for the cause of a refusal may want them. */
const KEEP_MS = 86_400_000;

/**
 * Removes the blobs that no image names: uploads of submissions that were refused, or that died with a controller.
 * For a directory that the caller has to itself and takes no uploads into meanwhile. When the database names none of
 * the blobs it is taken for the wrong database, and all stay.
 * @returns how many were removed
 */
export async function sweepBlobs(
  dir: string,
  images: Pick<ImageStore, 'missing'>,
  nowMs: number,
): Promise<number> {
  const { orphans, named } = await findOrphans(dir, images);
  if (named === 0) return 0;
  let removed = 0;
  for (const path of orphans) {
    const facts = await absentAs(stat(path), undefined);
    if (!facts?.isFile() || nowMs - facts.mtimeMs < KEEP_MS) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

async function findOrphans(
  dir: string,
  images: Pick<ImageStore, 'missing'>,
): Promise<{ orphans: string[]; named: number }> {
  const orphans: string[] = [];
  let named = 0;
  for (const shard of await readdir(dir)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue;
    const names = await readdir(join(dir, shard));
    const blobs = names.filter((name) => sha256Schema.safeParse(name).success);
    const missing = await images.missing(blobs);
    named += blobs.length - missing.length;
    const room = MAX_REMOVED - orphans.length;
    orphans.push(...missing.slice(0, room).map((name) => join(dir, shard, name)));
  }
  return { orphans, named };
}
