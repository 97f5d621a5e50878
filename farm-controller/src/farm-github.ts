import type { FarmPorts } from './github/event-handler.js';
import { type GithubEnvironment, readGithubSettings } from './github/github-settings.js';
import { createGithub, type GithubDeps, type GithubStage } from './github/github-stage.js';
import type { CancelOutcome } from './store/ports.js';
import { rerunFor } from './submit/rerun-route.js';
import type { SubmitDeps } from './submit/submit-service.js';

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
  const facts = { store, metrics, log, now: Date.now };
  return createGithub(settings, { ...facts, farm: githubPorts(farm) });
}

function githubPorts(farm: () => GithubFarm): FarmPorts {
  return {
    cancel: async (submissionId) => {
      const { store, onCancelled } = farm();
      const outcome = await store.submissions.cancel(submissionId, Date.now());
      if (outcome) onCancelled(outcome);
    },
    rerun: (wish) => rerunFor(farm(), wish),
  };
}
