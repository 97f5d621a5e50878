import type { AttemptView } from '@greenrack/farm-protocol';
import type { QueryDeps } from './deps.js';

/** The attempt with what the addresses of its crash report are. */
export async function explained(
  { explainCrash }: Pick<QueryDeps, 'explainCrash'>,
  attempt: AttemptView,
  imageSha256: string,
): Promise<AttemptView> {
  if (!attempt.crash) return attempt;
  return { ...attempt, crash: await explainCrash(attempt.crash, imageSha256) };
}
