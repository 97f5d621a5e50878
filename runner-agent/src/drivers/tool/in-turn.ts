import { unlessAborted, within } from '../../deadline.js';

const queues = new Map<string, Promise<unknown>>();

/** Runs `work` after everything that was asked for under the same name before: several boards share a device. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = queues.get(name) ?? Promise.resolve();
  // Whether the one before went well is its own caller's concern.
  const mine = before.then(work, work);
  queues.set(name, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(name) === mine) queues.delete(name);
  }
}

/**
 * Waits until everybody who took a turn under the same name before has ended it. Answers how to end this one.
 * @throws DeadlineError after `wait.ms`; the reason of `wait.signal`
 */
export async function takeTurn(
  name: string,
  wait: { readonly ms: number; readonly signal: AbortSignal },
): Promise<() => void> {
  const turn = new AbortController();
  const begun = new Promise<void>((resolve) => {
    const hold = async (): Promise<void> => {
      resolve();
      if (turn.signal.aborted) return;
      await new Promise((end) => turn.signal.addEventListener('abort', end, { once: true }));
    };
    void inTurn(name, hold);
  });
  try {
    await unlessAborted(wait.signal, within(wait.ms, `the end of another run's ${name}`, begun));
    return () => turn.abort();
  } catch (error) {
    turn.abort();
    throw error;
  }
}
