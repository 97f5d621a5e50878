import { FootprintReader } from './analyse/footprint-reader.js';
import { ImageMeasurer } from './analyse/image-measurer.js';
import { ImagePursuit } from './analyse/image-pursuit.js';
import type { PlannedRuns } from './analyse/planned-runs.js';
import { Pursuit } from './analyse/pursuit.js';
import { type Base, SeriesAnalyst } from './analyse/series-analyst.js';
import { runById, runOn } from './analyse/step-spec.js';
import type { DutyHandler } from './duties/duty-worker.js';
import { claimOnce, insertSubmission } from './store/for-stages.js';
import type { NewSubmission } from './store/ports.js';
import { checkSpec } from './submit/check-spec.js';
import { refuseFound } from './submit/refusal.js';
import { commitSubmission, type SubmitDeps } from './submit/submit-service.js';
import type { Clock } from './timing/clock.js';

/** Whose submissions these are, beside the tenant. */
const SUBMITTER = 'analyse';

interface AnalyseDeps extends SubmitDeps {
  readonly clock: Clock;
}

/** What is due because of series. */
export type AnalysisDuties = Record<
  'analyseAttempt' | 'measureImages' | 'pursueChange',
  Pick<DutyHandler, 'run'>
>;

/** The analysis of series, joined with what takes its submissions. */
export function analysisOver(deps: AnalyseDeps): AnalysisDuties {
  const { clock } = deps;
  const { database } = deps.store;
  const submit = (planned: PlannedRuns) => submitRuns(deps, planned);
  const analyst = new SeriesAnalyst({ database, clock, runBase: (base) => runBase(deps, base) });
  const images = { database, clock, footprints: new FootprintReader(deps.blobs) };
  const measurer = new ImageMeasurer(images);
  const pursuit = new Pursuit({ database, clock, submit, images: new ImagePursuit(images) });
  return {
    // Each change that it finds is pursued.
    analyseAttempt: { run: (id) => analyst.attempt(id) },
    measureImages: {
      run: async (id, signal) => {
        await measurer.measure(id, signal);
        return undefined;
      },
    },
    pursueChange: {
      run: async (id, signal) => {
        const againMs = await pursuit.pursue(id, signal);
        deps.news.publish({ changeIds: [id] });
        return againMs;
      },
    },
  };
}

async function submitRuns(deps: SubmitDeps, planned: PlannedRuns): Promise<void> {
  const { tenant, commit, ...rest } = planned;
  await refuseFound(checkSpec(planned.spec, deps.inventory));
  const submitter = { name: SUBMITTER, tenant };
  const asFarm = { ...rest, commit: (plan: NewSubmission) => commit({ ...plan, ofFarm: true }) };
  await commitSubmission({ ...asFarm, submitter, uploads: new Map() }, deps);
}

/** One ordinary run of the build before, once for an environment: what it measures is a point of its series. */
async function runBase(deps: AnalyseDeps, { runId, boardSerial, environment }: Base) {
  const { database, submissions } = deps.store;
  const run = await runById(database.queries, runId);
  if (!run || run.spec.partners) return;
  const of = await submissions.get(run.submissionId);
  if (!of) return;
  const { tenant, origin } = of;
  const once = { tenant, key: `base ${runId} ${environment}`, digest: '' };
  const nowMs = deps.clock.now();
  await submitRuns(deps, {
    ...{ tenant, rerunOf: of.id, nowMs },
    spec: {
      ...{ version: 1, name: `base of ${runId}`, priority: 'low', ...(origin && { origin }) },
      images: [{ name: run.imageName, sha256: run.imageSha256 }],
      runs: [runOn(run.spec, run.imageName, boardSerial)],
    },
    commit: (plan) =>
      database.transact(async (tx) => {
        const earlier = await claimOnce(tx, once, { reference: plan.id, nowMs });
        return earlier === undefined ? await insertSubmission(tx, plan) : undefined;
      }),
  });
}
