import { ScheduleStore } from './plan/schedule-store.js';
import { Scheduler } from './plan/scheduler.js';
import { checkSpec } from './submit/check-spec.js';
import { refuseFound } from './submit/refusal.js';
import { commitSubmission, type SubmitDeps } from './submit/submit-service.js';
import type { Clock } from './timing/clock.js';

/** Schedules, joined with what takes their submissions. */
export function schedulesOver(deps: SubmitDeps & { readonly clock: Clock }): {
  schedules: ScheduleStore;
  scheduler: Scheduler;
} {
  const schedules = new ScheduleStore(deps.store.database);
  const scheduler = new Scheduler({
    schedules,
    clock: deps.clock,
    checkSpec: (spec) => refuseFound(checkSpec(spec, deps.inventory)),
    submit: async (planned) => {
      await refuseFound(checkSpec(planned.spec, deps.inventory));
      await commitSubmission({ ...planned, uploads: new Map() }, deps);
    },
  });
  return { schedules, scheduler };
}
