import { z } from 'zod';
import type { OutputEdge } from '../../contracts/board-part.js';

const currentSchema = z.number().min(0).max(1_000_000);
const lineSchema = z.number().int().min(0).max(7);

/** What a virtual board takes, as its model in the inventory says. */
export const powerModelSchema = z.strictObject({
  /** While the core runs, in µA. */
  runUa: currentSchema,
  /** While it waits for an interrupt, in µA. */
  sleepUa: currentSchema,
  /** While it waits, and the line that says that it sleeps deeply is high, in µA. */
  deepSleep: z.strictObject({ line: lineSchema, ua: currentSchema }).optional(),
  /** What else takes something while its line is high, in µA: a peripheral, a radio's burst. */
  peripherals: z
    .array(z.strictObject({ name: z.string().max(40), line: lineSchema, addUa: currentSchema }))
    .max(8)
    .default([]),
});
export type PowerModel = z.infer<typeof powerModelSchema>;

/** A stretch of time in which nothing changes. */
export interface ModelSpan {
  readonly samples: number;
  readonly currentUa: number;
  readonly lines: number;
}

/** What a board takes whose core is awake for a share of the time. */
export function currentUa(model: PowerModel, awake: number, lines: number): number {
  const { deepSleep } = model;
  const isDeep = deepSleep !== undefined && (lines >> deepSleep.line) & 1;
  const asleepUa = isDeep ? deepSleep.ua : model.sleepUa;
  const others = model.peripherals.reduce(
    (sum, { line, addUa }) => sum + ((lines >> line) & 1 ? addUa : 0),
    0,
  );
  return others + awake * model.runUa + Math.max(0, 1 - awake) * asleepUa;
}

/** Cuts a stretch of samples where outputs changed. */
export function spansOf(
  model: PowerModel,
  stretch: { samples: number; beganMs: number; samplesPerMs: number; awake: number; lines: number },
  edges: readonly OutputEdge[],
): ModelSpan[] {
  const { samples, beganMs, samplesPerMs, awake } = stretch;
  const spans: ModelSpan[] = [];
  let [at, { lines }] = [0, stretch];
  const until = (end: number): void => {
    if (end > at)
      spans.push({ samples: end - at, currentUa: currentUa(model, awake, lines), lines });
    at = Math.max(at, end);
  };
  for (const edge of edges) {
    until(Math.min(samples, Math.round((edge.atMs - beganMs) * samplesPerMs)));
    ({ lines } = edge);
  }
  until(samples);
  return spans;
}
