import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeDetail } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { followSubmission, SILENT } from '../client/follow-submission.js';
import { takeFirst } from '../client/read-pages.js';
import type { Connection } from '../settings.js';

/** Time between two questions while the farm thinks, in ms. */
const ASK_MS = 100;

/** What is waited for, and for how long. */
export interface ChangeWait {
  readonly filter: Readonly<Record<string, string>>;
  /** Told what is known of the change, again whenever it may have gone on. */
  readonly told: (change: ChangeDetail) => void;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Waits until the farm does nothing about the latest change any more. The runs that confirm it are followed by their live
 * events. What the farm makes of them has none: it is asked for, in the moments before the first runs and after each.
 */
export async function settledChange(
  client: FarmClient,
  connection: Connection,
  { filter, told, signal }: ChangeWait,
): Promise<ChangeDetail> {
  for (;;) {
    signal.throwIfAborted();
    const [latest] = await takeFirst(client.analysis.changes(filter), 1);
    if (latest) {
      const change = await client.analysis.change(latest.id);
      told(change);
      if (change.work === 'done' || change.work === 'blocked') return change;
      const id = change.steps.find(({ outcome }) => outcome === null)?.submissionId;
      if (id) await followSubmission(client, connection, { id, listener: SILENT, signal });
    }
    await pause(ASK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
