import type { AttemptView, RunDetail, RunState, RunView, Verdict } from '@greenrack/farm-protocol';
import type { Page, PageRequest } from './change-ports.js';
import type { CancelOutcome, OriginFilter } from './submission-ports.js';

/** All that are given must hold. */
export interface RunFilter {
  readonly submissionId?: string;
  readonly state?: RunState;
  readonly verdict?: Verdict;
  readonly boardSerial?: string;
  readonly origin?: OriginFilter;
}

/** Runs, from queued to settled. */
export interface RunStore {
  get(id: string): Promise<RunView | undefined>;
  detail(id: string): Promise<Omit<RunDetail, 'waiting'> | undefined>;
  list(filter: RunFilter, page: PageRequest): Promise<Page<RunView>>;
  /** Runs of a submission, each with the attempt that gave its verdict, for reports; in ordinal order. */
  report(
    submissionId: string,
    /** Only of these runs. */
    isMeant?: (run: RunView) => boolean,
  ): AsyncIterable<{ readonly run: RunView; readonly attempts: readonly AttemptView[] }>;
  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined>;
}
