import type { AttemptEvent } from '@greenrack/farm-protocol';
import type { Change } from './change-ports.js';

/** What happens in the farm, for everyone who watches; also across controllers. */
export interface FarmNews {
  readonly change?: Change;
  readonly attemptEvents?: {
    readonly runId: string;
    readonly attemptId: string;
    readonly events: readonly AttemptEvent[];
  };
  /** The console log of the attempt has grown to `size`, or is complete. */
  readonly console?: { readonly attemptId: string; readonly size: number; readonly done: boolean };
  /** Changes in series that were found or have gone on. */
  readonly changeIds?: readonly string[];
  /** News of other controllers may have been lost: whoever goes by them has to look at the database. */
  readonly missed?: true;
}

/** Where news are told and heard. */
export interface NewsFeed {
  publish(news: FarmNews): void;
  /** Returns the way to stop. A listener that throws is logged, never felt by the publisher. */
  subscribe(listener: (news: FarmNews) => void): () => void;
}
