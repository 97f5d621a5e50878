import { setImmediate } from 'node:timers/promises';

/** Longest that the making of a report may keep agents and other requests waiting, in ms. */
const TURN_MS = 10;

/**
 * Passes items on and lets the event loop turn now and then. An embedded database answers, and a fast reader takes,
 * without one: a report of thousands of runs would be made in one go.
 */
export async function* inTurns<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  let beganMs = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - beganMs < TURN_MS) continue;
    await setImmediate();
    beganMs = performance.now();
  }
}
