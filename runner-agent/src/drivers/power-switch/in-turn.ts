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
