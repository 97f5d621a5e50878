import type { Origin } from '@greenrack/farm-protocol';

const SHORT_SHA = 9;

/** `refs/heads/main` → `main`, `refs/tags/v1` → `v1`; anything else as it is, without `refs/`. */
export function refName(ref: string): string {
  return ref.replace(/^refs\/(heads\/|tags\/)?/, '');
}

export function shortSha(sha: string): string {
  return sha.slice(0, SHORT_SHA);
}

/** Pull request, or branch, and commit: what people know a build by. */
export function shortOrigin({ pullRequest, ref, sha, dirty }: Origin): string {
  const line = pullRequest === undefined ? ref && refName(ref) : `#${pullRequest}`;
  const commit = `${shortSha(sha)}${dirty ? '+' : ''}`;
  return line ? `${line} @ ${commit}` : commit;
}
