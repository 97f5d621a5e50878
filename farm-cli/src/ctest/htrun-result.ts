import { meaningOf } from '@greenrack/farm-model';
import type { EndReason, RunView } from '@greenrack/farm-protocol';

/** Results of the stock runner with the exit codes of its process. */
export const HTRUN_RESULTS = {
  success: 0,
  failure: 1,
  error: 2,
  timeout: 5,
  ioerr_copy: 6,
  ioerr_serial: 8,
  no_image: 9,
  not_detected: 10,
  sync_failed: 14,
} as const;
export type HtrunResult = keyof typeof HTRUN_RESULTS;

/** Trouble around the code. Never 0 and never 1: nothing is known about the test. */
const BY_REASON: Partial<Record<EndReason, HtrunResult>> = {
  flashFailed: 'ioerr_copy',
  imageUnavailable: 'no_image',
  consoleLost: 'ioerr_serial',
  noBoard: 'not_detected',
  syncFailed: 'sync_failed',
};

/** What the stock runner would have said of a run. No verdict is an error, never a pass. */
export function htrunResult({ verdict, reason }: Pick<RunView, 'verdict' | 'reason'>): HtrunResult {
  if (verdict === 'hang') return reason === 'syncFailed' ? 'sync_failed' : 'timeout';
  const meaning = meaningOf(verdict);
  if (meaning !== 'unknown') return meaning === 'good' ? 'success' : 'failure';
  return (verdict === 'infra' && reason && BY_REASON[reason]) || 'error';
}
