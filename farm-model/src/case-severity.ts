import type { CaseVerdict } from '@greenrack/farm-protocol';

const SEVERITY: Record<CaseVerdict, number> = {
  skipped: 0,
  pass: 1,
  blocked: 2,
  cancelled: 3,
  infra: 4,
  fail: 5,
  hang: 6,
  crash: 7,
};

/** Positive when `a` is worse than `b`, negative when it is better: the worse outcome of a case stays. */
export function compareCaseVerdicts(a: CaseVerdict, b: CaseVerdict): number {
  return SEVERITY[a] - SEVERITY[b];
}
