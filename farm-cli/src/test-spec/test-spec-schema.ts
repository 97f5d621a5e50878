import { displayNameSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';

const pathSchema = z.string().min(1).max(4096);
/** Kind of binary, as `mbed compile` writes it; only `bootable` ones can be run. */
const binaryTypeSchema = z.string().max(64).optional();

/** One file of a test. Unknown fields are let through: builds of other versions add their own. */
export const testSpecBinarySchema = z.object({
  binary_type: binaryTypeSchema,
  path: pathSchema,
  /** File of the lines that the console must show, for images that speak no greentea. */
  compare_log: pathSchema.optional(),
});
export type TestSpecBinary = z.infer<typeof testSpecBinarySchema>;

export const testSpecBuildSchema = z.object({
  name: z.string().max(200).optional(),
  platform: z.string().min(1).max(64),
  toolchain: z.string().min(1).max(64),
  base_path: pathSchema,
  /** Of the console. Some tools write it as text, and null or nothing for a board's usual one. */
  baud_rate: z
    .union([z.int().min(300).max(4_000_000), z.string().regex(/^\d{3,7}$/, 'expected a number')])
    .nullish()
    .transform((rate) => (rate === null || rate === undefined ? undefined : Number(rate)))
    .pipe(z.int().min(300).max(4_000_000).optional()),
  binary_type: binaryTypeSchema,
  tests: z.record(
    displayNameSchema,
    z.object({ binaries: z.array(testSpecBinarySchema).min(1).max(16) }),
  ),
});
export type TestSpecBuild = z.infer<typeof testSpecBuildSchema>;

/** The `test_spec.json` that Mbed's build tools write beside the test images. */
export const testSpecSchema = z.object({ builds: z.record(z.string(), testSpecBuildSchema) });
