import {
  type TraceView,
  type TraceWindowView,
  traceListSchema,
  traceWindowSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi } from './farm-api.js';

/** An attempt, as its routes name it. */
export interface AttemptPlace {
  readonly runId: string;
  readonly number: number;
}

/** Samples from `from` up to before `to`. */
export interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

const pathOf = ({ runId, number }: AttemptPlace) =>
  `/runs/${encodeURIComponent(runId)}/attempts/${number}/traces`;

/** Traces that were recorded beside an attempt. */
export async function listTraces(
  api: FarmApi,
  attempt: AttemptPlace,
  signal: AbortSignal,
): Promise<TraceView[]> {
  return (await api.http.get(pathOf(attempt), traceListSchema, signal)).items;
}

/** A part of a trace as that many points, and what was drawn in it. */
export function traceWindow(
  api: FarmApi,
  trace: { readonly attempt: AttemptPlace; readonly stream: string },
  span: SampleSpan & { readonly points: number },
  signal: AbortSignal,
): Promise<TraceWindowView> {
  const query = new URLSearchParams({
    from: String(span.from),
    to: String(span.to),
    points: String(span.points),
  });
  const path = `${pathOf(trace.attempt)}/${encodeURIComponent(trace.stream)}?${query}`;
  return api.http.get(path, traceWindowSchema, signal);
}
