import { z } from 'zod';
import { textSchema } from './text.js';

/** Longest pulse that is a start code, in ms. */
const MAX_PULSE_MS = 1000;
const MAX_PHASES = 16;

const KINDS = ['console', 'caseBegin', 'caseEnd', 'line'] as const;

/**
 * Something that happens in a run, by which its power is cut. What a line of the meter shows is known to a sample; the console
 * and the cases are known when the agent has read them.
 */
export const powerAnchorSchema = z
  .strictObject({
    /** A line of the console holds this text. */
    console: textSchema(200).min(1).optional(),
    caseBegin: textSchema(200).min(1).optional(),
    caseEnd: textSchema(200).min(1).optional(),
    /** Line D0 to D7 of the meter, with `edge` or `pulseMs`. */
    line: z.number().int().min(0).max(7).optional(),
    edge: z.enum(['rise', 'fall']).optional(),
    /** The end of a high pulse of this length, give or take a quarter: a start code that no lost edge can fake. */
    pulseMs: z.number().min(0.05).max(MAX_PULSE_MS).optional(),
  })
  .refine(
    (anchor) => KINDS.filter((kind) => anchor[kind] !== undefined).length === 1,
    `expected one of ${KINDS.join(', ')}`,
  )
  .refine(
    ({ line, edge, pulseMs }) =>
      [edge, pulseMs].filter((each) => each !== undefined).length === (line === undefined ? 0 : 1),
    'a line has an edge or pulseMs, and nothing else has',
  );
export type PowerAnchor = z.infer<typeof powerAnchorSchema>;

const boundSchema = z.number().positive().max(1e12);

/** Figures of a phase that may have a bound, with their units. */
export const powerBoundsSchema = z
  .strictObject({
    meanUa: boundSchema.optional(),
    p99Ua: boundSchema.optional(),
    chargeUc: boundSchema.optional(),
    energyMj: boundSchema.optional(),
    durationMs: boundSchema.optional(),
  })
  .refine((bounds) => Object.keys(bounds).length > 0, 'expected a bound');
export type PowerBounds = z.infer<typeof powerBoundsSchema>;

/** A part of a run, perhaps one that recurs, whose power is measured on its own. */
export const powerPhaseSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a-z, 0-9 and -, 32 at most'),
    /** Default: where the recording begins. */
    from: powerAnchorSchema.optional(),
    /** The phase begins so long after `from`. */
    skipMs: z.number().min(0).max(86_400_000).optional(),
    to: powerAnchorSchema.optional(),
    /** Instead of `to`. */
    forMs: z.number().positive().max(86_400_000).optional(),
    /** The run fails unless each figure is below its bound, each time. What could not be measured is no pass. */
    below: powerBoundsSchema.optional(),
  })
  .refine(({ to, forMs }) => (to === undefined) !== (forMs === undefined), 'expected to or forMs');
export type PowerPhase = z.infer<typeof powerPhaseSchema>;

/** What is measured of a run beside the whole of it and its cases. */
export const powerPlanSchema = z.strictObject({
  phases: z
    .array(powerPhaseSchema)
    .min(1)
    .max(MAX_PHASES)
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'two phases have the same name',
    ),
});
export type PowerPlan = z.infer<typeof powerPlanSchema>;
