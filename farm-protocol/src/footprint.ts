import { z } from 'zod';
import { sha256Schema } from './ids.js';
import { byteCountSchema } from './units.js';

/** Symbols that are told at most. */
export const MAX_FOOTPRINT_SYMBOLS = 500;

const compared = {
  bytes: byteCountSchema,
  /** Null where there is no base; 0 where the base has none of it. */
  baseBytes: byteCountSchema.nullable(),
};

/** What an image takes of flash and RAM, and what of it; beside another one, by how much each part differs. */
export const footprintSchema = z.object({
  imageSha256: sha256Schema,
  baseSha256: sha256Schema.nullable(),
  totals: z.array(z.object({ name: z.enum(['flash', 'ram']), ...compared })),
  sections: z.array(
    /** `both`: copied from flash into RAM at start. */
    z.object({ name: z.string(), memory: z.enum(['flash', 'ram', 'both']), ...compared }),
  ),
  /** Source files, as far as the image names them. */
  modules: z.array(z.object({ name: z.string(), ...compared })),
  /** The largest differences first; without a base, the largest. */
  symbols: z.array(
    z.object({ name: z.string(), module: z.string(), section: z.string(), ...compared }),
  ),
  /** Symbols that are not listed. */
  leftOut: z.number().int(),
});
export type FootprintView = z.infer<typeof footprintSchema>;
