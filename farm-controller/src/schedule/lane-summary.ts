import type { Requirement } from '@greenrack/farm-protocol';
import type { Lane } from '../store/ports.js';

/** A lane with work, as the scheduler needs it. */
export interface LaneSummary {
  /** Names the lane for whoever takes from it. */
  readonly key: string;
  readonly lane: Lane;
  readonly requirement: Requirement;
  /** What further boards of the same agent must be; see QueuedRun. */
  readonly partners?: readonly Requirement[];
  /** Serials of boards that do not serve it while another that can is usable. */
  readonly avoid?: readonly string[];
  /** Its runs examine suspect boards. */
  readonly healthCheck?: boolean;
  /** At least 1. */
  readonly waiting: number;
  /** Creation of the run that waits longest, in ms since the epoch. */
  readonly oldestMs: number;
}

/** Board time that each tenant has had lately, in ms; a tenant that is not in it had none. */
export type TenantUsage = ReadonlyMap<string, number>;
