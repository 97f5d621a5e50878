import { z } from 'zod';
import { sha256Schema } from './ids.js';
import { byteCountSchema } from './units.js';

/*
 * An attempt is a set of named streams of bytes: its numbered events, and what the agent records beside them. `console`
 * is that of the board of the run's own image, `console-<role>` that of a partner; `trace-…` are samples.
 */
/** Most streams beside the events that one attempt may have. */
export const MAX_STREAMS_PER_ATTEMPT = 16;

/** Of a stream beside the events. */
export const streamNameSchema = z
  .string()
  .regex(
    /^(console|trace)(-[a-z0-9][a-z0-9-]{0,39})?$/,
    "expected 'console', 'console-<role>' or 'trace-…'",
  );

/** What the bytes are: a log in the format of `console-log.ts`, or samples. */
export const streamKindSchema = z.enum(['console', 'trace']);
export type StreamKind = z.infer<typeof streamKindSchema>;

/** Proves that a stored stream is complete. */
export const streamSealSchema = z.object({
  name: streamNameSchema,
  kind: streamKindSchema,
  bytes: byteCountSchema,
  sha256: sha256Schema,
});
export type StreamSeal = z.infer<typeof streamSealSchema>;
