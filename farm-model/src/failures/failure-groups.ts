import type { RunView, Verdict } from '@greenrack/farm-protocol';
import { meaningOf } from '../verdict-meaning.js';

/** Runs that did not go well in the same way. */
export interface FailureGroup {
  /** The same for the same failure, also in another submission. */
  readonly key: string;
  readonly verdict: Verdict;
  /** In the words of its first run. */
  readonly message: string;
  /** The bench is to blame, or nobody: it says nothing about the code. */
  readonly isInfra: boolean;
  readonly runs: readonly RunView[];
}

/** What of a message is compared, in characters. */
const COMPARED = 300;

/** A message without what differs from run to run: addresses, numbers, ids. */
export function normalisedMessage(message: string): string {
  return message
    .slice(0, COMPARED)
    .toLowerCase()
    .replace(/\b0x[0-9a-f]+\b/g, '@')
    .replace(/\b[0-9a-f]{8,}\b/g, '…')
    .replace(/(?<![:\w])\d+(\.\d+)?/g, '#')
    .replace(/_\d+\b/g, '_#')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Names a failure across runs. The line of a source file stays, for it tells one assertion from the next. */
function failureKey({ verdict, reason, message }: RunView): string {
  return `${verdict} ${normalisedMessage(message) || (reason ?? '')}`;
}

/** Groups what did not go well by how it went wrong, the most runs first, the bench's own faults last. */
export function failureGroups(runs: Iterable<RunView>): FailureGroup[] {
  const groups = new Map<string, { first: RunView; verdict: Verdict; runs: RunView[] }>();
  for (const run of runs) {
    if (run.verdict === null || run.verdict === 'cancelled' || meaningOf(run.verdict) === 'good')
      continue;
    const key = failureKey(run);
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else groups.set(key, { first: run, verdict: run.verdict, runs: [run] });
  }
  return [...groups]
    .map(([key, { first, verdict, runs: members }]) => ({
      key,
      verdict,
      message: first.message,
      isInfra: meaningOf(verdict) === 'unknown',
      runs: members.sort((a, b) => a.ordinal - b.ordinal),
    }))
    .sort((a, b) => Number(a.isInfra) - Number(b.isInfra) || b.runs.length - a.runs.length);
}
