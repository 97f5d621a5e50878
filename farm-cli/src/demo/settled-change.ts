import { type ChangeDetail, FarmError } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { type LiveSocket, watchLive } from '../client/live-connection.js';
import { takeFirst } from '../client/read-pages.js';
import type { Connection } from '../settings.js';

/** What is waited for, and for how long. */
export interface ChangeWait {
  readonly filter: Readonly<Record<string, string>>;
  /** Only of this board; the empty one is that of the images themselves. */
  readonly board: string;
  /** Told what is known of the change, again whenever it may have gone on. */
  readonly told: (change: ChangeDetail) => void;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

const MAX_CHANGES = 20;

/** Waits until the farm does nothing about the latest change any more. */
export async function settledChange(
  client: FarmClient,
  connection: Connection,
  { filter, board, told, signal }: ChangeWait,
): Promise<ChangeDetail> {
  let settled: ChangeDetail | undefined;
  const look = async (): Promise<boolean> => {
    const found = settled ? [] : await takeFirst(client.analysis.changes(filter), MAX_CHANGES);
    const latest = found.find(({ boardSerial }) => boardSerial === board);
    if (!latest) return settled !== undefined;
    const change = await client.analysis.change(latest.id);
    told(change);
    if (change.work === 'done' || change.work === 'blocked') settled = change;
    return settled !== undefined;
  };
  await watchLive(connection, {
    topics: [{ topic: 'changes' }],
    ...lookingAtEach(look),
    ...{ canAsk: true, signal },
  });
  if (!settled) throw new Error('the watch ended before the change was settled');
  return settled;
}

/** Looks whenever the farm tells of changes, one look after the other, until one says that it was the last. */
function lookingAtEach(look: () => Promise<boolean>) {
  let turn: Promise<unknown> = Promise.resolve();
  const subscribed = (): Promise<boolean> => {
    const looked = turn.then(look);
    turn = looked.catch(() => undefined);
    return looked;
  };
  let heard: () => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    heard = () => {
      subscribed().then(
        (isLast) => isLast && resolve(),
        // A farm that is away is looked at again when it is back.
        (error: unknown) => isOutage(error) || reject(error),
      );
    };
  });
  return { done, subscribed, listen: (socket: LiveSocket) => void socket.on('changes', heard) };
}

const isOutage = (error: unknown): boolean =>
  error instanceof FarmError && error.code === 'unavailable';
