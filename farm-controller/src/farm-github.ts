import { FarmError } from '@greenrack/farm-protocol';
import type { DutyHandlers } from './duties/duty-worker.js';
import { checkupRoute } from './github/checkup-route.js';
import type { FarmPorts } from './github/event-handler.js';
import { type GithubEnvironment, readGithubSettings } from './github/github-settings.js';
import {
  createGithub,
  type GithubDeps,
  type GithubDuties,
  type GithubStage,
} from './github/github-stage.js';
import type { CancelOutcome } from './store/ports.js';
import { rerunFor } from './submit/rerun-route.js';
import { submitArchive } from './submit/submit-archive.js';
import type { SubmitDeps } from './submit/submit-service.js';
import type { Route } from './web/route.js';

interface GithubFarm extends SubmitDeps {
  onCancelled(outcome: CancelOutcome): void;
}

export interface GithubOverDeps extends Pick<GithubDeps, 'metrics' | 'log'> {
  readonly store: SubmitDeps['store'];
  /** The rest of the farm, once it stands. */
  readonly farm: () => GithubFarm;
}

/** The App, joined with what its events do to the farm. @throws FarmError `invalid_configuration` */
export async function githubOver(
  env: GithubEnvironment,
  { store, farm, metrics, log }: GithubOverDeps,
): Promise<GithubStage> {
  const settings = await readGithubSettings(env);
  const reread = () => readGithubSettings(env);
  const facts = { store, metrics, log, now: Date.now, reread };
  const stage = createGithub(settings, { ...facts, farm: githubPorts(farm) });
  await stage.open();
  return stage;
}

/** Routes of the App, or what there is without one. */
export const githubRoutes = (stage: GithubStage | undefined): readonly Route[] =>
  stage?.routes ?? [checkupRoute()];

function githubPorts(farm: () => GithubFarm): FarmPorts {
  return {
    cancel: async (submissionId) => {
      const { store, onCancelled } = farm();
      const outcome = await store.submissions.cancel(submissionId, Date.now());
      if (outcome) onCancelled(outcome);
    },
    moved: async (runs) => await farm().onSubmitted(runs),
    rerun: (wish) => rerunFor(farm(), wish),
    submitFork: (wish, signal) => submitArchive(wish, farm(), signal),
  };
}

/** They touch the database, and fail for as long as it is away; that GitHub is, which buttons ask, is no failure. */
const QUICK = { limitMs: 60_000, maxTries: 1_000 } as const;
/** What another service refuses; that it is away is none of these. It is tried for days. */
const FOREIGN = { limitMs: 120_000, maxTries: 100 } as const;
/** The same, for what is fetched, unpacked and looked at first. */
const FETCHED = { ...FOREIGN, limitMs: 300_000 } as const;
/** As long as it takes: without it the farm would stay deaf. */
const ALWAYS = { limitMs: 300_000, maxTries: Number.MAX_SAFE_INTEGER } as const;

type GithubKinds =
  | 'githubEvent'
  | 'githubCheck'
  | 'githubArtifact'
  | 'githubCatchUp'
  | 'githubReconcile';

/** The duties of the App; those that are left from when there was one fail, and say so. */
export function githubHandlers(duties: GithubDuties | undefined): Pick<DutyHandlers, GithubKinds> {
  const given = (): GithubDuties => {
    if (duties) return duties;
    const message =
      'no GitHub App is configured any more: set GREENRACK_GITHUB_APP_ID and its files';
    throw new FarmError('unavailable', message);
  };
  return {
    githubEvent: { ...QUICK, run: async (id) => await given().event(id) },
    githubCheck: { ...FOREIGN, run: async (id, signal) => await given().check(id, signal) },
    githubArtifact: { ...FETCHED, run: async (id, signal) => await given().artifact(id, signal) },
    githubCatchUp: { ...ALWAYS, run: async (_app, signal) => await given().catchUp(signal) },
    githubReconcile: { ...FOREIGN, run: async (id, signal) => await given().reconcile(id, signal) },
  };
}
