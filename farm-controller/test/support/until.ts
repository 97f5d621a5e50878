const DEADLINE_MS = 90_000;

/**
 * Resolves when `holds` does. It looks again whenever `subscribe` reports that something happened, so no time is
 * guessed; rejects with `what` after a deadline.
 */
export function until(
  what: string,
  holds: () => boolean,
  subscribe: (look: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = subscribe(() => look());
    const timer = setTimeout(() => finish(() => reject(new Error(`never: ${what}`))), DEADLINE_MS);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      stop();
      settle();
    };
    const look = () => {
      if (holds()) finish(resolve);
    };
    look();
  });
}
