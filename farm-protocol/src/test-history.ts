import { z } from 'zod';
import { attemptIdSchema, runIdSchema, submissionIdSchema, testIdSchema } from './ids.js';
import { buildSchema, originSchema } from './origin.js';
import { wallMsSchema } from './units.js';
import { caseVerdictSchema, verdictSchema } from './verdict.js';

/** A test, whatever is built in between: an image by its name, or one of its cases. */
export const testViewSchema = z.object({
  id: testIdSchema,
  target: z.string(),
  imageName: z.string(),
  /** Null for the image as a whole. */
  caseName: z.string().nullable(),
  firstMs: wallMsSchema,
});
export type TestView = z.infer<typeof testViewSchema>;

/** One result of a test. */
export const testResultSchema = z.object({
  attemptId: attemptIdSchema,
  attemptNumber: z.number().int(),
  runId: runIdSchema,
  submissionId: submissionIdSchema,
  boardSerial: z.string(),
  boardName: z.string().optional(),
  /** Null for a case that did not come to its end. */
  verdict: z.union([verdictSchema, caseVerdictSchema]).nullable(),
  durationUs: z.number().int().nullable(),
  imageSha256: z.string(),
  /** Absent when nobody said what it was built from. */
  origin: originSchema.optional(),
  build: buildSchema.optional(),
  /** When the attempt was over. */
  atMs: wallMsSchema,
});
export type TestResult = z.infer<typeof testResultSchema>;
