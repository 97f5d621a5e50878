/*
 * Loaded before another program (`node --import`), it watches that program's event loop and tells its parent, when it
 * is asked, how long the loop stood still at most since it was asked last. A stall is as long as the timer came late or
 * as the main thread had a processor meanwhile, whichever is less: a machine with other work to do is not the program's
 * doing, nor are its other threads.
 */
import { openSync, readSync } from 'node:fs';

const TICK_MS = 1;
/** First number: for how long the main thread has had a processor, in ns. */
const schedule = openSync('/proc/self/schedstat', 'r');
const text = Buffer.alloc(64);

let longestMs = 0;
let lastMs = performance.now();
let lastBusyMs = busyMs();

function busyMs(): number {
  const length = readSync(schedule, text, 0, text.length, 0);
  return Number.parseInt(text.toString('latin1', 0, length), 10) / 1e6;
}

function tick(): void {
  const [nowMs, nowBusyMs] = [performance.now(), busyMs()];
  longestMs = Math.max(longestMs, Math.min(nowMs - lastMs - TICK_MS, nowBusyMs - lastBusyMs));
  lastMs = performance.now();
  lastBusyMs = nowBusyMs;
}

setInterval(tick, TICK_MS).unref();
process.on('message', () => {
  tick();
  process.send?.({ longestMs });
  longestMs = 0;
});
// Asking is not what keeps the program alive.
process.channel?.unref();
