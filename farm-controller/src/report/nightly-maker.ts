import { FarmError, type NightlyReport, type SubmissionView } from '@greenrack/farm-protocol';
import type { Store } from '../store/ports.js';
import type { FairTurns } from '../timing/fair-turns.js';
import { type NightCases, nightCases } from './night-cases.js';
import { ageAt } from './nightly-age.js';
import { type BaseRun, type NightFacts, nightlyReport, withAges } from './nightly-report.js';

/** Submissions of one name before another that are looked at, and among how many of their branch. */
const MAX_BEFORE = 7;
const MAX_OF_BRANCH = 100;

/** What a report needs of other stages. */
export interface NightlyDeps {
  readonly store: Store;
  /** Where it stands among those of its schedule. */
  readonly nightOf: (submissionId: string) => Promise<KnownNight | undefined>;
  readonly changesOf: (night: {
    readonly tenant: string;
    readonly branch?: { readonly repository: string; readonly ref: string } | undefined;
    readonly has: (target: string, imageName: string) => boolean;
    readonly sinceMs: number;
    readonly untilMs: number;
  }) => Promise<Pick<NightFacts, 'changes' | 'suspects' | 'flakes'>>;
  /** One report is made at a time, for each tenant in turn. */
  readonly turns: FairTurns;
}

interface KnownNight {
  readonly schedule: NonNullable<NightlyReport['schedule']>;
  readonly before: readonly string[];
  readonly skipped: NightFacts['skipped'];
  readonly untilMs?: number;
}

/** Which report, and for whom. */
export interface NightlyWish {
  readonly submissionId: string;
  /** Compare with this one; default: with those before it of its schedule, else of its name and branch. */
  readonly against?: string | undefined;
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** Makes the report of a submission. @throws FarmError `not_found`, `payload_too_large`, `too_many_requests` */
export function makeNightly(deps: NightlyDeps, wish: NightlyWish): Promise<NightlyReport> {
  return deps.turns.run(wish.tenant, wish.signal, () => make(deps, wish));
}

async function make(deps: NightlyDeps, wish: NightlyWish): Promise<NightlyReport> {
  const { store, nightOf } = deps;
  const submission = await submissionOf(store, wish.submissionId);
  const night = await nightOf(submission.id);
  const earlier = wish.against === undefined ? night?.before : [wish.against];
  const ids = earlier ?? (await sameBefore(store, submission));
  const before = ids[0] === undefined ? null : await submissionOf(store, ids[0]);
  const now = await nightCases(store.runs.report(submission.id), wish.signal);
  const base = await baseOf(store, { now, ids }, wish.signal);
  const facts: NightFacts = {
    ...{ submission, before, now, base, schedule: night?.schedule ?? null },
    ...(await changes(deps, { submission, before, now }, night?.untilMs)),
    boards: await boardsOf(store, now),
    skipped: night?.skipped ?? [],
  };
  const { database, tests } = store;
  return await withAges(nightlyReport(facts), ageAt({ db: database.queries, tests }, submission));
}

async function submissionOf(store: Store, id: string): Promise<SubmissionView> {
  const submission = await store.submissions.get(id);
  if (submission) return submission;
  throw new FarmError('not_found', `There is no submission ${id}`);
}

/** Those of its name on its branch; none for one that says nothing of where it comes from. */
async function sameBefore(
  { submissions }: Store,
  { id, name, tenant, origin }: SubmissionView,
): Promise<string[]> {
  if (origin?.repository === undefined || origin.ref === undefined) return [];
  const { repository, ref } = origin;
  const page = { limit: MAX_OF_BRANCH, cursor: id };
  const { items } = await submissions.list(page, { repository, ref, tenant });
  const same = items.filter((one) => one.name === name).map((one) => one.id);
  return same.slice(0, MAX_BEFORE);
}

/** Of each run the last time that something was learnt of it; what is gone is told of the time before only. */
async function baseOf(
  { runs }: Store,
  { now, ids }: { readonly now: NightCases; readonly ids: readonly string[] },
  signal: AbortSignal,
): Promise<Map<string, BaseRun>> {
  const base = new Map<string, BaseRun>();
  for (const [at, submissionId] of ids.entries()) {
    const then = await nightCases(runs.report(submissionId), signal);
    for (const [key, run] of then.runs) {
      const isOfUse = now.runs.has(key) ? run.told > 0 : at === 0;
      if (isOfUse && !base.has(key)) base.set(key, { submissionId, run });
    }
    if ([...now.runs.keys()].every((key) => base.has(key))) break;
  }
  return base;
}

async function changes(
  { changesOf }: NightlyDeps,
  { submission, before, now }: Pick<NightFacts, 'submission' | 'before' | 'now'>,
  untilMs = Infinity,
) {
  const { tenant, origin } = submission;
  const images = new Set(
    [...now.runs.values()].map(({ target, imageName }) => `${target} ${imageName}`),
  );
  const { repository, ref } = origin ?? {};
  return await changesOf({
    ...{ tenant, untilMs, sinceMs: (before ?? submission).createdMs },
    ...(repository !== undefined && ref !== undefined && { branch: { repository, ref } }),
    has: (target, imageName) => images.has(`${target} ${imageName}`),
  });
}

async function boardsOf({ boards }: Store, now: NightCases): Promise<NightFacts['boards']> {
  const targets = new Set([...now.runs.values()].map(({ target }) => target));
  return (await boards.list()).filter(
    ({ target, availability, health }) =>
      targets.has(target) && (availability === 'offline' || health !== 'good'),
  );
}
