import type { Availability, BoardTransition, Health } from '@greenrack/farm-protocol';

/** A board in one state, from one moment to another. */
export interface StateSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sign: Availability | Health;
  readonly cause: string;
}

/** Spans drawn at most; older ones are left out. */
const MOST_SPANS = 400;

const signOf = ({ availability, health }: BoardTransition) =>
  health === 'good' || availability === 'offline' ? availability : health;

/** A board's past as spans, the oldest first; states that look the same stand together. */
export function stateSpans(newestFirst: readonly BoardTransition[], nowMs: number): StateSpan[] {
  const spans: StateSpan[] = [];
  let toMs = nowMs;
  for (const step of newestFirst.slice(0, MOST_SPANS)) {
    const later = spans.at(-1);
    const span = { fromMs: step.atMs, toMs, sign: signOf(step), cause: step.cause };
    if (later && later.sign === span.sign) spans[spans.length - 1] = { ...span, toMs: later.toMs };
    else spans.push(span);
    toMs = step.atMs;
  }
  return spans.reverse();
}

/** Share of the time that a board was of use, 0 to 1; undefined without a past. */
export function usableShare(spans: readonly StateSpan[]): number | undefined {
  const length = (all: readonly StateSpan[]) =>
    all.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - fromMs), 0);
  const whole = length(spans);
  if (whole === 0) return undefined;
  return length(spans.filter(({ sign }) => sign === 'idle' || sign === 'leased')) / whole;
}
