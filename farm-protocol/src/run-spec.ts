import { z } from 'zod';
import { runTimingSchema } from './board.js';
import {
  boardSerialSchema,
  fileNameSchema,
  fixtureSchema,
  partSchema,
  sha256Schema,
  tagSchema,
  targetNameSchema,
} from './ids.js';
import { impairmentSchema } from './impairment.js';
import { boundsOfMetricsSchema } from './metric.js';
import { buildSchema } from './origin.js';
import { powerPlanSchema } from './power.js';
import { textSchema } from './text.js';

/**
 * Tag of boards that take firmware of strangers. A run that asks for it is one of theirs: whatever it did, its boards are
 * suspect after it, until they have shown themselves sound with their golden image.
 */
export const UNTRUSTED_TAG = 'untrusted-ok';

/** What a board must have to take a run. */
export const requirementSchema = z.strictObject({
  target: targetNameSchema,
  /** Each must be wired to the board; `loopback:D2-D3` asks for that parameter, `loopback` for any. */
  /** The 16 that a spec may name, and what its link asks for. */
  fixtures: z.array(fixtureSchema).max(17).default([]),
  tags: z.array(tagSchema).max(16).default([]),
  /** Pins the run to one board. */
  board: boardSerialSchema.optional(),
});
export type Requirement = z.infer<typeof requirementSchema>;

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

/** What the agent goes by: these travel with every order. */
const forAgent = {
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
  /** Parts of the run whose power is measured on its own, and what they may take. */
  power: powerPlanSchema.optional(),
  /** How bad the board's network is to be; for virtual boards that have one. */
  impairment: impairmentSchema.optional(),
};
/** What an agent is told of a run. */
export const runOrderSchema = z.object(forAgent);

/** What one image asks of its board. */
export const askedOfBoard = {
  target: targetNameSchema,
  fixtures: z.array(fixtureSchema).max(16).optional(),
  tags: z.array(tagSchema).max(16).optional(),
  board: boardSerialSchema.optional(),
};

/** Most boards of a run beside its first. */
export const MAX_PARTNERS = 3;
/**
 * How the boards of a run are connected. `rack`: they have one agent. `network`: that, and Ethernet between them; each has
 * the fixture {@link LAN_FIXTURE}.
 */
export const LINKS = ['rack', 'network'] as const;
/** Of a board that can be joined with the others of its rack that have it. */
export const LAN_FIXTURE = 'lan';
export const boardLinkSchema = z.enum(LINKS, {
  error: `expected one of ${LINKS.join(', ')}: boards of several agents cannot be linked`,
});
export type BoardLink = z.infer<typeof boardLinkSchema>;

/** An image that runs at the same time on a board of its own. */
export const specPartnerSchema = z.strictObject({
  role: partSchema,
  image: fileNameSchema,
  ...askedOfBoard,
  ...forAgent,
});
export type SpecPartner = z.infer<typeof specPartnerSchema>;

/** The same as the farm keeps it. */
export const runPartnerSchema = z.object({
  role: partSchema,
  imageName: fileNameSchema,
  imageSha256: sha256Schema,
  requirement: requirementSchema,
  ...forAgent,
});
export type RunPartner = z.infer<typeof runPartnerSchema>;

/** How a run is executed and judged, beside what is run and where. All of it may be left out. */
export const runSettings = {
  /** What the run's own image is among several. Default `main`. */
  role: partSchema.optional(),
  /** Default `rack`. */
  link: boardLinkSchema.optional(),
  /** Upper bound on the attempt, whatever the image announces. Default 600 000 ms. */
  timeoutMs: z.number().int().min(100).max(86_400_000).optional(),
  /** How long the run may wait for a board before it ends as `infra`. Default 24 h. */
  queueTimeoutMs: z.number().int().min(100).max(604_800_000).optional(),
  ...forAgent,
  /** How the image was built. */
  build: buildSchema.optional(),
  /**
   * Values that are possible, by metric. One outside is shown with the run and is no point of its series, so that a broken
   * clock or a lost digit changes no history; it has no effect on the verdict.
   */
  metrics: boundsOfMetricsSchema.optional(),
  /** Default `pass`. */
  expect: expectationSchema.optional(),
  /** Excludes `expect`. */
  expectCases: caseExpectationsSchema.optional(),
  /** Further attempts after a fail, crash or hang; a pass is `flaky` then. Default none. */
  retries: z.number().int().min(0).max(5).optional(),
  /** Attempts that infrastructure faults may cost before the run itself ends as `infra`. Default 3. */
  maxAttempts: z.number().int().min(1).max(10).optional(),
};

/** What a run has that says nothing of it, in one place for controller, CLI and docs. */
export const RUN_DEFAULTS = {
  timeoutMs: 600_000,
  queueTimeoutMs: 86_400_000,
  maxAttempts: 3,
  expect: 'pass',
  retries: 0,
} as const;

/**
 * A run as the farm keeps it: what its spec said, its image's timing and the defaults put together. Kept as one piece of
 * JSON, so a field that is new here is there for whoever needs it; runs from before have its default.
 */
export const runSpecSchema = z.object({
  requirement: requirementSchema,
  partners: z.array(runPartnerSchema).optional(),
  ...runSettings,
  timeoutMs: runSettings.timeoutMs.default(RUN_DEFAULTS.timeoutMs),
  queueTimeoutMs: runSettings.queueTimeoutMs.default(RUN_DEFAULTS.queueTimeoutMs),
  maxAttempts: runSettings.maxAttempts.default(RUN_DEFAULTS.maxAttempts),
  expect: runSettings.expect.default(RUN_DEFAULTS.expect),
  retries: runSettings.retries.default(RUN_DEFAULTS.retries),
});
export type RunSpec = z.infer<typeof runSpecSchema>;
