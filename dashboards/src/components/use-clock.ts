import { useSyncExternalStore } from 'react';
import { useSession } from './wiring-context.js';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    // It stood still while nobody looked.
    nowMs = Date.now();
    timer = setInterval(tick, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The controller's clock, to the second: one timer for the whole page. */
export function useNow(): number {
  const { api } = useSession();
  return useSyncExternalStore(subscribe, () => nowMs) + api.http.clockSkewMs;
}
