export interface EvidencePart {
  readonly text: string;
  /** The run that this part names. */
  readonly runId?: string;
  /** Where it begins in the whole. */
  readonly at: number;
}

const RUN_ID = /run_[0-9a-z]{23}/g;

/** Cuts evidence into the ids of runs and what stands between them. */
export function evidenceParts(evidence: string): EvidencePart[] {
  const parts: EvidencePart[] = [];
  let end = 0;
  for (const { 0: runId, index } of evidence.matchAll(RUN_ID)) {
    if (index > end) parts.push({ text: evidence.slice(end, index), at: end });
    parts.push({ text: runId, runId, at: index });
    end = index + runId.length;
  }
  if (end < evidence.length) parts.push({ text: evidence.slice(end), at: end });
  return parts;
}
