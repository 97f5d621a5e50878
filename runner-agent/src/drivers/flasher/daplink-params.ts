import { z } from 'zod';
import { identityParams } from './board-identity.js';
import { driveParams } from './drive-locator.js';

/** Parameters of a DAPLink drive in the inventory. */
export const daplinkParamsSchema = z
  .strictObject({
    ...driveParams,
    ...identityParams,
    /** The probe's `Unique ID`, where it is not the board's serial number; a board that shows another is not flashed. */
    uniqueId: z
      .string()
      .regex(/^[0-9A-Fa-f]{4,64}$/)
      .optional(),
    /** Size of an erase sector of the target, in bytes; for the count of wear. */
    sectorBytes: z.number().int().min(128).max(1_048_576).default(4096),
  })
  .refine((p) => (p.mountPoint === undefined) !== (p.usbSerial === undefined), {
    error: 'expected either mountPoint or usbSerial',
  });
export type DaplinkParams = z.infer<typeof daplinkParamsSchema>;
