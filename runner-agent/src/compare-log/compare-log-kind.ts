import type { RunKind } from '../session/run-kind.js';
import { CompareLogSession } from './compare-log-session.js';

/** Runs that are judged by the lines that their console must show. */
export const compareLogKind: RunKind = {
  name: 'compare-log',
  open({ order: { compareLog }, clock, runTimeoutMs, isWired }, emit) {
    if (!compareLog) return undefined;
    return new CompareLogSession({ compareLog, clock, runTimeoutMs, isWired }, emit);
  },
};
