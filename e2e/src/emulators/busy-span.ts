/** A stretch of time in which a test waits for the board or its tool, in wall milliseconds. */
export interface BusySpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Wall milliseconds with fractions. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

/** How much of the time between two moments is covered by spans; overlaps count once. */
export function busyMs(spans: readonly BusySpan[], { fromMs, toMs }: BusySpan): number {
  let busy = 0;
  let at = fromMs;
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const end = Math.min(span.toMs, toMs);
    const begin = Math.max(span.fromMs, at);
    if (end <= begin) continue;
    busy += end - begin;
    at = end;
  }
  return busy;
}
