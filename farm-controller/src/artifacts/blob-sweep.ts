import { basename } from 'node:path';
import { sha256Schema } from '@greenrack/farm-protocol';
import type { Artifact, ArtifactStore, ImageStore } from '../store/ports.js';

/** Blobs that one sweep removes at most: a start must not wait for ever. The next one goes on. */
const MAX_REMOVED = 10_000;
/** Blobs that the database is asked about at a time. */
const AT_ONCE = 1_000;
/** Younger blobs stay: whoever looks for the cause of a refusal may want them. */
const KEEP_MS = 86_400_000;

/**
 * Removes the blobs that no image names: uploads of submissions that were refused, or that died with a controller.
 * For a store that the caller has to itself and takes no uploads into meanwhile. When the database names none of the
 * blobs it is taken for the wrong database, and all stay.
 * @returns how many were removed
 */
export async function sweepBlobs(
  artifacts: Pick<ArtifactStore, 'list' | 'delete'>,
  images: Pick<ImageStore, 'missing'>,
  nowMs: number,
): Promise<number> {
  const { orphans, named } = await findOrphans(artifacts, images);
  if (named === 0) return 0;
  const old = orphans.filter(({ modifiedMs }) => nowMs - modifiedMs >= KEEP_MS);
  for (const { key } of old) await artifacts.delete(key);
  return old.length;
}

async function findOrphans(
  artifacts: Pick<ArtifactStore, 'list'>,
  images: Pick<ImageStore, 'missing'>,
): Promise<{ orphans: Artifact[]; named: number }> {
  const orphans: Artifact[] = [];
  let named = 0;
  let some = new Map<string, Artifact>();
  const judge = async () => {
    const missing = await images.missing([...some.keys()]);
    named += some.size - missing.length;
    const room = MAX_REMOVED - orphans.length;
    orphans.push(...missing.slice(0, room).flatMap((name) => some.get(name) ?? []));
    some = new Map();
  };
  for await (const artifact of artifacts.list('blobs')) {
    const name = basename(artifact.key);
    if (sha256Schema.safeParse(name).success) some.set(name, artifact);
    if (some.size >= AT_ONCE) await judge();
  }
  await judge();
  return { orphans, named };
}
