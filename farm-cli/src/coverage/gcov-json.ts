import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';

const nameSchema = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[^\u0000-\u001f]+$/);
const lineSchema = z.number().int().min(0).max(10_000_000);
/** Counters that interrupts tore can be negative; below 0 means nothing. */
const countSchema = z.number().transform((count) => Math.max(0, count));

/** What `gcov --json-format` says of one pair of .gcno and .gcda files; GCC 9 to 14. Other fields are let through. */
const documentSchema = z.object({
  /** The .gcda file, as it was named in the call. */
  data_file: nameSchema,
  files: z.array(
    z.object({
      file: nameSchema,
      functions: z.array(
        z.object({ name: nameSchema, start_line: lineSchema, execution_count: countSchema }),
      ),
      lines: z.array(
        z.object({
          line_number: lineSchema,
          count: countSchema,
          function_name: nameSchema.optional(),
          branches: z.array(z.object({ count: countSchema })),
        }),
      ),
    }),
  ),
});
export type GcovDocument = z.infer<typeof documentSchema>;
export type GcovSource = GcovDocument['files'][number];

/** The documents that gcov printed, one after the other. @throws Error that says what is wrong with the first bad one */
export function parseGcovJson(text: string): GcovDocument[] {
  // Each begins in the first column.
  const documents = text.split(/\n(?=\{)/).filter((part) => part.trim() !== '');
  return documents.map((part) =>
    parseOrThrow(documentSchema, JSON.parse(part), 'internal', 'gcov'),
  );
}
