import { z } from 'zod';
import { attemptEventSchema, eventBodySchema, MAX_UNKNOWN_JSON } from './event.js';
import { END_REASONS } from './verdict.js';

/** Longest message of an end. */
const MAX_MESSAGE = 4000;
const KNOWN_REASONS = new Set<unknown>(END_REASONS);
const KNOWN = new Set<unknown>(eventBodySchema.options.map(({ shape }) => shape.type.value));

/**
 * An event as it comes over the link. One of a type that only a newer agent knows becomes a body of type `unknown`, with
 * the beginning of what it said; an end for a reason that only a newer agent knows ends for the reason `unknown`, with the
 * same verdict. Nothing else of the batch suffers.
 */
export const linkEventSchema = z.object({
  ...attemptEventSchema.shape,
  body: z.preprocess(asKnown, eventBodySchema),
});

function asKnown(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { type: name, ...said } = body as Record<string, unknown>;
  if (name === 'attemptEnd') return withKnownReason(body);
  if (typeof name !== 'string' || KNOWN.has(name)) return body;
  return {
    type: 'unknown',
    name: name.slice(0, 64),
    json: JSON.stringify(said).slice(0, MAX_UNKNOWN_JSON),
  };
}

function withKnownReason(end: object): unknown {
  const { reason, message } = end as Record<string, unknown>;
  if (typeof reason !== 'string' || KNOWN_REASONS.has(reason)) return end;
  const said = typeof message === 'string' ? message : '';
  return {
    ...end,
    reason: 'unknown',
    message: `reason '${reason.slice(0, 64)}': ${said}`.slice(0, MAX_MESSAGE),
  };
}
