import { z } from 'zod';

const percentSchema = z.number().min(0).max(100);

/**
 * How bad a board's network is to be, the same for each direction. Which frames are lost or overtake others follows from
 * the seed and their order alone.
 */
export const impairmentSchema = z
  .strictObject({
    /** On top of what the way takes anyhow. */
    delayMs: z.number().min(0).max(10_000).default(0),
    lossPercent: percentSchema.default(0),
    /** Of whole frames; unlimited by default. */
    rateKbps: z.number().int().min(8).max(1_000_000).optional(),
    /** Frames that do not wait for `delayMs`, and so overtake those before them. */
    reorderPercent: percentSchema.default(0),
    seed: z.number().int().min(0).max(0xffff_ffff).default(1),
  })
  .refine(({ delayMs, reorderPercent }) => reorderPercent === 0 || delayMs > 0, {
    path: ['reorderPercent'],
    error: 'frames overtake others by not being delayed: give `delayMs`',
  });
export type Impairment = z.infer<typeof impairmentSchema>;

/** All of it in a few words. */
export function impairmentText(impairment: Impairment): string {
  const { delayMs, lossPercent, rateKbps, reorderPercent, seed } = impairment;
  const rate = rateKbps === undefined ? '' : `, ${rateKbps} kbit/s`;
  return `${delayMs} ms delay, ${lossPercent} % lost, ${reorderPercent} % reordered${rate}, seed ${seed}`;
}
