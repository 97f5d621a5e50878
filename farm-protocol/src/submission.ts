import { z } from 'zod';
import { runTimingSchema } from './board.js';
import {
  boardSerialSchema,
  displayNameSchema,
  fileNameSchema,
  fixtureSchema,
  sha256Schema,
  tagSchema,
  targetNameSchema,
} from './ids.js';
import { buildSchema, originSchema } from './origin.js';
import { textSchema } from './text.js';
import { MAX_IMAGE_BYTES, MAX_IMAGES_PER_SUBMISSION, MAX_RUNS_PER_SUBMISSION } from './units.js';

/** Formats that an image may have. */
export const IMAGE_FORMATS = ['elf', 'hex', 'bin', 'uf2'] as const;
export const imageFormatSchema = z.enum(IMAGE_FORMATS);
export type ImageFormat = z.infer<typeof imageFormatSchema>;

/** Priority bands, first served first. */
export const BANDS = ['urgent', 'high', 'normal', 'low'] as const;
export const bandSchema = z.enum(BANDS);
export type Band = z.infer<typeof bandSchema>;

/** What a board must have to take a run. */
export const requirementSchema = z.strictObject({
  target: targetNameSchema,
  /** Each must be wired to the board; `loopback:D2-D3` asks for that parameter, `loopback` for any. */
  fixtures: z.array(fixtureSchema).max(16).default([]),
  tags: z.array(tagSchema).max(16).default([]),
  /** Pins the run to one board. */
  board: boardSerialSchema.optional(),
});
export type Requirement = z.infer<typeof requirementSchema>;

/** An image that the spec names. With `sha256` the bytes need not be uploaded again when the farm has them. */
export const specImageSchema = z.strictObject({
  name: fileNameSchema,
  sha256: sha256Schema.optional(),
  sizeBytes: z.number().int().min(1).max(MAX_IMAGE_BYTES).optional(),
  /** How its firmware wants to be talked to, on whatever board; overrules what the inventory says. */
  timing: runTimingSchema.optional(),
});

/** One line that the console must show: literal text, or `/regular expression/` with an optional `i` behind. */
export const expectedLineSchema = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, 'expected one line without control characters');

/** How to judge an image that speaks no greentea: it passes once its console has shown all lines, in this order. */
export const compareLogSchema = z.strictObject({
  lines: z.array(expectedLineSchema).min(1).max(200),
});
export type CompareLog = z.infer<typeof compareLogSchema>;

/**
 * What a run is known to do. `fail`: a failure is `xfail`, and a pass is `xpass`, which counts as a failure: so the list
 * stays honest. `flaky`: a failure is `xfail`, a pass is a pass.
 */
export const EXPECTATIONS = ['pass', 'fail', 'flaky'] as const;
export const expectationSchema = z.enum(EXPECTATIONS);
export type Expectation = z.infer<typeof expectationSchema>;

/**
 * What single cases are known to do, by their names; all others must pass. A failure is `xfail` when listed cases explain
 * all of it; a case that passes although it is listed as `fail` makes the run `xpass`.
 */
export const caseExpectationsSchema = z
  .record(textSchema(200).min(1), z.enum(['fail', 'flaky']))
  .refine((cases) => Object.keys(cases).length <= 500, 'at most 500 cases');
export type CaseExpectations = z.infer<typeof caseExpectationsSchema>;

/**
 * Whose time a board keeps that is emulated. `own`: it goes by the instructions that were executed, so a busy machine does
 * not look late to the firmware; `host`: the machine's, for firmware that is compared with it. Real boards have their own.
 */
export const CLOCKS = ['own', 'host'] as const;
export const clockSchema = z.enum(CLOCKS);
export type Clock = z.infer<typeof clockSchema>;

export const specRunSchema = z.strictObject({
  /** Shown in reports. Default: the image's name without its extension. */
  name: displayNameSchema.optional(),
  /** Name of an image of this submission. */
  image: fileNameSchema,
  target: targetNameSchema,
  fixtures: z.array(fixtureSchema).max(16).optional(),
  tags: z.array(tagSchema).max(16).optional(),
  board: boardSerialSchema.optional(),
  /** Upper bound on the attempt, whatever the image announces. Default 600 000 ms. */
  timeoutMs: z.number().int().min(100).max(86_400_000).optional(),
  /** How long the run may wait for a board before it ends as `infra`. Default 24 h. */
  queueTimeoutMs: z.number().int().min(100).max(604_800_000).optional(),
  /** How the board wants to be talked to in this run; overrules the image's. */
  timing: runTimingSchema.optional(),
  /** Host-test name that overrules the one the image asks for. */
  hostTest: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  /** For images that speak no greentea. Excludes `hostTest`. */
  compareLog: compareLogSchema.optional(),
  /** Default: `host` when the image names a host test that compares clocks, else `own`. */
  clock: clockSchema.optional(),
  /** How the image was built. */
  build: buildSchema.optional(),
  /** Default `pass`. */
  expect: expectationSchema.optional(),
  /** Excludes `expect`. */
  expectCases: caseExpectationsSchema.optional(),
  /** Further attempts after a fail, crash or hang; a pass is `flaky` then. Default none. */
  retries: z.number().int().min(0).max(5).optional(),
  /** Attempts that infrastructure faults may cost before the run itself ends as `infra`. Default 3. */
  maxAttempts: z.number().int().min(1).max(10).optional(),
  /** Executes the run this many times as separate runs. Default 1. */
  repeat: z.number().int().min(1).max(1000).optional(),
});
export type SpecRun = z.infer<typeof specRunSchema>;

/** The declarative spec of a submission: data only, never code. JSON or YAML. */
export const submissionSpecSchema = z.strictObject({
  version: z.literal(1),
  name: displayNameSchema,
  priority: bandSchema.default('normal'),
  /** The commit that all images were built from. */
  origin: originSchema.optional(),
  images: z.array(specImageSchema).max(MAX_IMAGES_PER_SUBMISSION).default([]),
  runs: z.array(specRunSchema).min(1).max(MAX_RUNS_PER_SUBMISSION),
});
export type SubmissionSpec = z.infer<typeof submissionSpecSchema>;

/** Defaults of a run's optional fields, in one place for controller, CLI and docs. */
export const RUN_DEFAULTS = {
  timeoutMs: 600_000,
  queueTimeoutMs: 86_400_000,
  maxAttempts: 3,
  expect: 'pass',
  retries: 0,
  repeat: 1,
} as const;
