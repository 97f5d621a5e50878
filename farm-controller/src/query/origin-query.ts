import { originSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { OriginFilter } from '../store/ports.js';

const { repository, ref } = originSchema.shape;

/** Query fields by which submissions and runs are found. A ref without `refs/` is a branch. */
export const originQuery = {
  repository,
  ref: z
    .string()
    .max(255)
    .transform((text) => (text.startsWith('refs/') ? text : `refs/heads/${text}`))
    .pipe(ref.unwrap())
    .optional(),
  sha: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/, 'expected at least the first 7 hex digits of a commit')
    .optional(),
  pull: z.coerce.number().int().min(1).max(2_000_000_000).optional(),
};
type OriginQuery = z.infer<z.ZodObject<typeof originQuery>>;

/** Only what was asked for. */
export function originOf({ pull, ...asked }: OriginQuery): OriginFilter {
  const all = { ...asked, pullRequest: pull };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
