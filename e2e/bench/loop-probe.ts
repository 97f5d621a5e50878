/*
 * Loaded before another program (`node --import`), it watches that program's event loop and tells its parent, when it
 * is asked, how long the loop stood still at most since it was asked last. A stall is as long as the timer came late or
 * as the process worked meanwhile, whichever is less: a machine with other work to do is not the program's doing.
 */
const TICK_MS = 1;

let longestMs = 0;
let lastMs = performance.now();
let lastCpu = process.cpuUsage();

function tick(): void {
  const nowMs = performance.now();
  const { user, system } = process.cpuUsage(lastCpu);
  longestMs = Math.max(longestMs, Math.min(nowMs - lastMs - TICK_MS, (user + system) / 1000));
  lastMs = nowMs;
  lastCpu = process.cpuUsage();
}

setInterval(tick, TICK_MS).unref();
process.on('message', () => {
  tick();
  process.send?.({ longestMs });
  longestMs = 0;
});
// Asking is not what keeps the program alive.
process.channel?.unref();
