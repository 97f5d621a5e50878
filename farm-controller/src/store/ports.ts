/*
 * What the stages may ask of the store. Every method that changes something is one database transaction and has
 * committed when its promise resolves; it returns the changed views, so that live events and scheduling need no second
 * read. All times are wall-clock milliseconds.
 */
import type { AgentStore, ImageStore, TenantStore, TokenStore } from './access-ports.js';
import type { AttemptStore } from './attempt-ports.js';
import type { BoardStore } from './board-ports.js';
import type { DutyStore } from './duty-ports.js';
import type { StreamStore } from './file-ports.js';
import type { HealthStore } from './health-ports.js';
import type { QueueStore } from './queue-ports.js';
import type { RunStore } from './run-ports.js';
import type { StoreDatabase } from './store-database.js';
import type { SubmissionStore } from './submission-ports.js';
import type { SeriesStore, TestStore } from './test-ports.js';

export type * from './access-ports.js';
export type * from './attempt-ports.js';
export type * from './board-ports.js';
export type * from './change-ports.js';
export type * from './duty-ports.js';
export type * from './file-ports.js';
export type * from './health-ports.js';
export type * from './lease-ports.js';
export type * from './news-ports.js';
export type * from './queue-ports.js';
export type * from './run-ports.js';
export type * from './settlement-ports.js';
export type * from './submission-ports.js';
export type * from './test-ports.js';

/** Runs by what became of them, for the metrics. */
export interface FarmCounts {
  readonly queued: number;
  readonly running: number;
  readonly finishedByVerdict: ReadonlyMap<string, number>;
}

/** The database behind one narrow port. */
export interface Store {
  readonly submissions: SubmissionStore;
  readonly runs: RunStore;
  readonly queue: QueueStore;
  readonly attempts: AttemptStore;
  readonly boards: BoardStore;
  readonly health: HealthStore;
  readonly images: ImageStore;
  readonly agents: AgentStore;
  readonly tokens: TokenStore;
  readonly tenants: TenantStore;
  readonly duties: DutyStore;
  /** For the stages that own tables. */
  readonly database: StoreDatabase;
  readonly tests: TestStore;
  readonly series: SeriesStore;
  readonly streams: StreamStore;
  counts(): Promise<FarmCounts>;
  /** Rejects when the database cannot answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
