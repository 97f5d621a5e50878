import type { Origin } from '@greenrack/farm-protocol';

/** The commit that a submission was built from, as reports name it; what nobody said is left out. */
export interface OriginFacts {
  readonly repository?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly pullRequest?: number;
}

/** Short names of branches and tags: what people look for. */
export function originFacts(origin: Origin | undefined): OriginFacts {
  if (!origin) return {};
  const { repository, ref, sha, pullRequest } = origin;
  return {
    ...(repository !== undefined && { repository }),
    ...(ref !== undefined && { ref: ref.replace(/^refs\/(heads\/|tags\/)?/, '') }),
    commit: sha,
    ...(pullRequest !== undefined && { pullRequest }),
  };
}
