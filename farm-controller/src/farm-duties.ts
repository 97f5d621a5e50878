import type { DutyHandlers } from './duties/duty-worker.js';
import type { AnalysisDuties } from './farm-analyse.js';
import type { FarmEvents } from './farm-events.js';
import { githubHandlers } from './farm-github.js';
import { notifyHandlers } from './farm-notify.js';
import type { FarmStagesDeps } from './farm-parts.js';
import { type HealthChecker, MISSING_RETRY_MS } from './health/health-checker.js';
import type { Scheduler } from './plan/scheduler.js';
import type { WaitingExplainer } from './results/explain-waiting.js';
import { expireQueued } from './results/queue-expiry.js';
import { runFate } from './results/run-fate.js';
import type { Retention } from './retention/retention.js';

/** Duties that only touch the database: they fail when it is away, and then for as long as it is. */
const QUICK = { limitMs: 60_000, maxTries: 1_000 } as const;
/** What another service refuses; that it is away is none of these. It is tried for days. */
const FOREIGN = { limitMs: 120_000, maxTries: 100 } as const;

/** Who does what must happen. */
export interface DutyParts {
  readonly explainer: WaitingExplainer;
  readonly health: HealthChecker;
  readonly scheduler: Scheduler;
  readonly retention: Retention;
  readonly analysis: AnalysisDuties;
}

/** What must happen, by kind of duty. */
export function dutyHandlers(
  {
    store,
    clock,
    uploads,
    github,
    notify,
  }: Pick<FarmStagesDeps, 'store' | 'clock' | 'uploads' | 'github' | 'notify'>,
  { explainer, health, scheduler, retention, analysis }: DutyParts,
  on: FarmEvents,
): DutyHandlers {
  const explain = () => explainer.reasons();
  const { database } = store;
  const expiry = { database, explain, policy: runFate, onExpired: on.settled, clock };
  return {
    expireQueued: { ...QUICK, run: (submissionId) => expireQueued(expiry, submissionId) },
    examineBoard: {
      ...{ ...QUICK, pauseMs: MISSING_RETRY_MS },
      run: (serial, _signal, tries) => health.examine(serial, tries),
    },
    analyseAttempt: { ...QUICK, ...analysis.analyseAttempt },
    measureImages: { ...QUICK, ...analysis.measureImages },
    pursueChange: {
      ...QUICK,
      run: async (id, ...more) => {
        const againMs = await analysis.pursueChange.run(id, ...more);
        await notify?.change(id);
        return againMs;
      },
    },
    runSchedule: { ...QUICK, run: (id) => scheduler.due(id) },
    ...githubHandlers(github),
    ...notifyHandlers(notify),
    retain: { ...QUICK, run: () => retention.round() },
    removeLogs: { ...QUICK, run: (id, signal) => retention.removeLogs(id, signal) },
    removeImage: { ...QUICK, run: (sha256) => retention.removeImage(sha256) },
    endUpload: { ...FOREIGN, run: (id) => uploads.sweep(id) },
  };
}
