import { z } from 'zod';
import { attemptEventSchema, eventBodySchema, MAX_UNKNOWN_JSON } from './event.js';

const KNOWN = new Set<unknown>(eventBodySchema.options.map(({ shape }) => shape.type.value));

/**
 * An event as it comes over the link. One of a type that only a newer agent knows becomes a body of type `unknown`, with
 * the beginning of what it said; nothing else of the batch suffers.
 */
export const linkEventSchema = z.object({
  ...attemptEventSchema.shape,
  body: z.preprocess(asKnown, eventBodySchema),
});

function asKnown(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { type: name, ...said } = body as Record<string, unknown>;
  if (typeof name !== 'string' || KNOWN.has(name)) return body;
  return {
    type: 'unknown',
    name: name.slice(0, 64),
    json: JSON.stringify(said).slice(0, MAX_UNKNOWN_JSON),
  };
}
