import { setImmediate } from 'node:timers/promises';
import type { Inventory } from '@greenrack/board-inventory';
import { FarmError, type SubmissionCreated, type SubmissionSpec } from '@greenrack/farm-protocol';
import type {
  BlobStore,
  CreatedSubmission,
  NewSubmission,
  NewsFeed,
  OnceRequest,
  QueuedRun,
  Store,
  StoredImage,
} from '../store/ports.js';
import { checkHostTests } from './check-host-tests.js';
import { checkImages } from './check-images.js';
import { planSubmission, type Submitter } from './plan-submission.js';
import { refuseFound } from './refusal.js';

/** Runs that are told of at a time: everybody who listens does something with each. */
const RUNS_PER_NEWS = 200;

export interface SubmitDeps {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly inventory: Inventory;
  readonly news: NewsFeed;
  /** Puts committed runs into their lanes. May fail: the database is the truth and the lanes are rebuilt from it. */
  readonly onSubmitted: (queued: readonly QueuedRun[]) => Promise<void> | void;
  readonly onError: (error: unknown, what: string) => void;
  /** Whether the disk has room for one more submission. Default: it has. */
  readonly room?: () => Promise<{ readonly ok: boolean; readonly detail: string }>;
}

/** A spec that has passed `checkSpec`, what was uploaded with it, and by whom. */
export interface ReceivedSubmission {
  readonly spec: SubmissionSpec;
  readonly uploads: ReadonlyMap<string, StoredImage>;
  readonly submitter: Submitter;
  /** The submission whose runs these are again. */
  readonly rerunOf?: string;
  /** For each run, serials of boards that it runs on only where there is no other. */
  readonly avoid?: readonly (readonly string[])[] | undefined;
  /** When it may come again. */
  readonly once?: OnceRequest | undefined;
  /** Default: the wall clock. */
  readonly nowMs?: number;
}

/**
 * Checks the whole against the inventory, commits it, and passes its runs on. A request that has come before makes
 * nothing: the answer is what it made then.
 * @throws FarmError before anything is written
 */
export async function acceptSubmission(
  received: ReceivedSubmission,
  deps: SubmitDeps,
): Promise<SubmissionCreated> {
  const { once } = received;
  const { submissions } = deps.store;
  const earlier = once && (await submissions.madeBy(once));
  if (earlier) return answerOf(earlier);
  const commit = (plan: NewSubmission) => submissions.create({ ...plan, ...(once && { once }) });
  return answerOf(await commitSubmission({ ...received, commit }, deps));
}

/**
 * The same for whoever commits it in a transaction of their own. Answers what that answers.
 * @throws FarmError before anything is written
 */
export async function commitSubmission<C extends CreatedSubmission | undefined>(
  received: ReceivedSubmission & { readonly commit: (plan: NewSubmission) => Promise<C> },
  deps: SubmitDeps,
): Promise<C> {
  const { spec, submitter, rerunOf, avoid, commit, nowMs = Date.now() } = received;
  const images = await allImages(received, deps.store);
  await refuseFound(checkImages(spec, images, deps.inventory));
  if (spec.runs.some(({ hostTest }) => hostTest !== undefined))
    await refuseFound(checkHostTests(spec, deps.inventory, await deps.store.agents.hostTests()));
  const { images: stored } = deps.store;
  const uploaded = [...received.uploads.values()];
  await Promise.all(uploaded.map((one) => stored.put(one, nowMs, submitter.tenant)));
  const plan = await planSubmission(spec, images, { submitter, nowMs, rerunOf, avoid });
  const created = await commit(plan);
  if (created && created.queued.length > 0) {
    await tell(created, deps.news);
    void passOn(created.queued, deps);
  }
  return created;
}

/** What runs needs the rest of the disk. @throws FarmError `storage_full` */
export async function mustHaveRoom({ room }: SubmitDeps): Promise<void> {
  const found = await room?.();
  if (!found || found.ok) return;
  const message = `no submission is taken until there is room again: ${found.detail}`;
  throw new FarmError('storage_full', message);
}

export const answerOf = ({ submission, runs }: CreatedSubmission): SubmissionCreated => ({
  submission,
  runs,
});

/** Uploads, and what they and the farm have of the images that the spec names by hash: equal bytes come only once. */
async function allImages(
  { spec, uploads }: ReceivedSubmission,
  store: Store,
): Promise<Map<string, StoredImage>> {
  const images = new Map(uploads);
  const uploaded = new Map([...uploads.values()].map((image) => [image.sha256, image]));
  for (const { name, sha256 } of spec.images) {
    if (images.has(name) || sha256 === undefined) continue;
    const known = uploaded.get(sha256) ?? (await store.images.get(sha256));
    if (known) images.set(name, known);
  }
  return images;
}

async function tell({ submission, runs }: SubmissionCreated, news: NewsFeed): Promise<void> {
  for (let i = 0; i < runs.length; i += RUNS_PER_NEWS) {
    if (i > 0) await setImmediate();
    const submissions = i === 0 ? [submission] : [];
    news.publish({ change: { submissions, runs: runs.slice(i, i + RUNS_PER_NEWS), boards: [] } });
  }
}

/** What is committed is accepted: nobody waits for the lanes, which a farm under load fills slowly. */
async function passOn(queued: readonly QueuedRun[], deps: SubmitDeps): Promise<void> {
  try {
    await deps.onSubmitted(queued);
  } catch (error) {
    deps.onError(error, 'committed runs could not be queued');
  }
}
