import { FarmError } from '@greenrack/farm-protocol';
import { changeDetail } from './analyse/change-views.js';
import type { DutyHandler, DutyHandlers } from './duties/duty-worker.js';
import { nightlyOver } from './farm-nightly.js';
import { Deliverer } from './notify/deliver.js';
import { NoticeBox } from './notify/notice-box.js';
import { NoticeGatherer } from './notify/notice-gatherer.js';
import { NoticeSender } from './notify/notice-sender.js';
import { type NotifyEnvironment, readNotifySettings } from './notify/notify-settings.js';
import { subscriptionRoutes } from './notify/subscription-route.js';
import { SubscriptionStore } from './notify/subscription-store.js';
import { makeNightly } from './report/nightly-maker.js';
import type { Queries } from './store/for-stages.js';
import type { Store } from './store/ports.js';
import type { Clock } from './timing/clock.js';
import type { Route } from './web/route.js';

/** What is told to whom, joined with reports, changes and boards. */
export interface NotifyStage {
  readonly routes: readonly Route[];
  readonly duties?: NotifyDuties;
}

export interface NotifyDuties {
  readonly gather: DutyHandler['run'];
  readonly send: DutyHandler['run'];
  /** After each step of a change. */
  readonly change: (id: string) => Promise<void>;
}

/** @throws FarmError `invalid_configuration` */
export async function notifyOver(
  env: NotifyEnvironment,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<NotifyStage> {
  const { key, ...settings } = await readNotifySettings(env);
  if (key === undefined) return { routes: subscriptionRoutes(undefined) };
  const keyed = { ...settings, key };
  const { database } = store;
  const box = new NoticeBox(database);
  const subscriptions = new SubscriptionStore(database, key);
  const deliverer = new Deliverer(keyed, () => clock.now());
  const sender = new NoticeSender({ box, subscriptions, deliverer, clock });
  const gatherer = new NoticeGatherer({
    ...{ box, store, clock, publicUrl: settings.publicUrl },
    reportOf: reportsOver(store),
    changeOf: (id) => changeDetail(database.queries, id),
  });
  return {
    routes: subscriptionRoutes({ settings: keyed, subscriptions, sender }),
    duties: {
      gather: (subject, signal) => gatherer.gather(subject, signal),
      send: (id, signal) => sender.send(id, signal),
      change: (id) => gatherer.change(id),
    },
  };
}

function reportsOver(store: Store) {
  const nightly = nightlyOver(store);
  return async (submissionId: string, signal: AbortSignal) => {
    const submission = await store.submissions.get(submissionId);
    if (!submission || (await isStep(store.database.queries, submissionId))) return undefined;
    return await makeNightly(nightly, { submissionId, tenant: submission.tenant, signal });
  };
}

/** Runs of two images in turns are the farm's own question. */
async function isStep(db: Queries, submissionId: string): Promise<boolean> {
  const steps = db.selectFrom('change_steps').select('seq');
  const step = steps.where('submission_id', '=', submissionId).limit(1);
  return (await step.executeTakeFirst()) !== undefined;
}

/** What others refuse is tried for days. */
const FOREIGN = { limitMs: 120_000, maxTries: 100 } as const;
const OWN = { limitMs: 120_000, maxTries: 20 } as const;

/** Duties of notices; those that are left from when there was a key fail, and say so. */
export function notifyHandlers(
  duties: NotifyDuties | undefined,
): Pick<DutyHandlers, 'gatherNotices' | 'sendNotices'> {
  const given = (): NotifyDuties => {
    if (duties) return duties;
    const message = 'no key of notices is configured any more: set GREENRACK_NOTIFY_KEY_FILE';
    throw new FarmError('unavailable', message);
  };
  return {
    gatherNotices: { ...OWN, run: (...all) => given().gather(...all) },
    sendNotices: { ...FOREIGN, run: (...all) => given().send(...all) },
  };
}
