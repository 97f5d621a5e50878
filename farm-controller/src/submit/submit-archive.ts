import { Readable } from 'node:stream';
import type { BoundOrigin } from '@greenrack/farm-protocol';
import { FairTurns } from '../timing/fair-turns.js';
import { type ArchiveFile, openArchive } from './archive.js';
import { readArchiveSpec } from './archive-spec.js';
import { asUntrusted } from './as-untrusted.js';
import { bindOrigin } from './bind-origin.js';
import { checkSpec } from './check-spec.js';
import { refuseFound } from './refusal.js';
import { acceptSubmission, mustHaveRoom, type SubmitDeps } from './submit-service.js';
import { ImageUploads } from './take-upload.js';

/** Archives are held in memory: one at a time. */
const turns = new FairTurns({ places: 1, placesEach: 1, waitingEach: 1_000 });
/** What all strangers of a tenant have together, until an admin says otherwise. */
const FIRST_QUOTA = { maxBytes: 2 * 1024 ** 3, maxQueuedRuns: 500 };

/** Images that a stranger built, in an archive. */
export interface ArchiveWish {
  /** Of the submission, where the archive has no spec that says it. */
  readonly name: string;
  /** What was built, whatever its spec says. */
  readonly bound: BoundOrigin;
  /** Of strangers: it has a quota from the first. */
  readonly tenant: string;
  /** Who let it in. */
  readonly submitter: string;
  /** Under the same key it is submitted once. */
  readonly key: string;
  /** Brings its bytes, when it is its turn. */
  readonly fetch: () => Promise<Buffer>;
}

/**
 * Submits what is in an archive of a stranger, as untrusted. Answers the id of the submission.
 * @throws FarmError one that is the submitter's fault says what is wrong with the archive
 */
export async function submitArchive(
  wish: ArchiveWish,
  deps: SubmitDeps,
  signal: AbortSignal,
): Promise<string> {
  const { tenant, key, submitter: name } = wish;
  const once = { tenant, key, digest: '' };
  const earlier = await deps.store.submissions.madeBy(once);
  if (earlier) return earlier.submission.id;
  await mustHaveRoom(deps);
  await deps.store.tenants.setFirstQuota(tenant, FIRST_QUOTA);
  await deps.store.tenants.mayStore(tenant, { bytes: 0, path: '(archive)' });
  return await turns.run(tenant, signal, async () => {
    const received = await receive(wish, deps, signal);
    const submitter = { name, tenant };
    const { submission } = await acceptSubmission({ ...received, submitter, once }, deps);
    return submission.id;
  });
}

async function receive(wish: ArchiveWish, deps: SubmitDeps, signal: AbortSignal) {
  const { inventory } = deps;
  const { name, tenant, bound } = wish;
  const reader = { tenant, signal };
  const files = await openArchive(await wish.fetch(), signal);
  const read = await readArchiveSpec(files, { inventory, reader, name });
  const spec = asUntrusted(bindOrigin(read.spec, bound));
  await refuseFound(checkSpec(spec, inventory));
  const uploads = new ImageUploads(spec, { ...deps, images: deps.store.images, reader });
  for (const [fileName, file] of read.images) await uploads.take(partOf(fileName, file));
  return { spec, uploads: uploads.received };
}

const partOf = (fileName: string, file: ArchiveFile) => ({
  ...{ name: 'image', fileName, mime: '', body: Readable.from(file.read()) },
});
