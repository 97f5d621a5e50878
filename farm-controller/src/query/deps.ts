import type { Inventory } from '@greenrack/board-inventory';
import type { Crash, RunDetail, RunView } from '@greenrack/farm-protocol';
import type { AttemptStreams, BlobStore, CancelOutcome, Change, Store } from '../store/ports.js';

/** How a part of the farm is. `detail` is for people with a token only. */
export interface ComponentHealth {
  readonly ok: boolean;
  readonly detail: string;
}

export type HealthReport = Readonly<Record<string, ComponentHealth>>;

/** What the read routes, and the few small ones that change something, need. */
export interface QueryDeps {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly blobs: BlobStore;
  readonly streams: AttemptStreams;
  /** Why a queued run waits; null when it does not wait any more. */
  readonly explainWaiting: (run: RunView) => Promise<RunDetail['waiting']>;
  /** Says of the addresses in a crash report what they are, by the image of this hash. */
  readonly explainCrash: (crash: Crash, imageSha256: string) => Promise<Crash>;
  /** After the commit of a cancellation: tell agents, requeue, schedule, publish the change. */
  readonly onCancelled: (outcome: CancelOutcome) => Promise<void> | void;
  /** After an operator changed a board's health: schedule it if it is good again, publish the change. */
  readonly onBoardChanged: (change: Change) => Promise<void> | void;
  /** Parts besides the database, such as `redis` and `queue`. */
  readonly health: () => HealthReport | Promise<HealthReport>;
}
