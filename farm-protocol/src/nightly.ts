import { z } from 'zod';
import { submissionViewSchema } from './api.js';
import { boardViewSchema } from './board.js';
import { changeViewSchema } from './change.js';
import { flakeSchema } from './compare.js';
import { runIdSchema, scheduleIdSchema, submissionIdSchema, testIdSchema } from './ids.js';
import { scheduleEventSchema } from './schedule.js';
import { seriesViewSchema } from './series.js';
import { wallMsSchema } from './units.js';
import { verdictSchema } from './verdict.js';

/** Items of one list of a report; all are counted. */
export const MAX_NIGHTLY_ITEMS = 500;

const listed = <T extends z.ZodType>(item: T) =>
  z.object({ total: z.number().int(), items: z.array(item).max(MAX_NIGHTLY_ITEMS) });

/** A part of a list, the first, and how long the whole is. */
export interface Listed<T> {
  total: number;
  items: T[];
}

const placeSchema = z.object({
  submissionId: submissionIdSchema,
  /** Null when nobody said what was built. */
  sha: z.string().nullable(),
  atMs: wallMsSchema,
});

/** Since when a test fails, on this branch. */
export const nightlyAgeSchema = z.object({
  /** Submissions in a row, with this one. */
  builds: z.number().int(),
  firstBad: placeSchema,
  /** Null when it has not passed as far as was looked. */
  lastGood: placeSchema.nullable(),
  /** One has looked at everything that there is: without `lastGood` it has never passed. */
  whole: z.boolean(),
});
export type NightlyAge = z.infer<typeof nightlyAgeSchema>;

/** A case on one target, on however many boards. */
const caseOfNightSchema = z.object({
  run: z.string(),
  target: z.string(),
  /** Null for the run itself: it crashed outside of all cases, say. */
  case: z.string().nullable(),
});

export const nightlyFailureSchema = caseOfNightSchema.extend({
  verdict: verdictSchema,
  message: z.string(),
  /** Names of the boards on which it failed. */
  boards: z.array(z.string()).max(100),
  /** One of the runs in which it did. */
  runId: runIdSchema,
  /** Its history; null when it has none. */
  testId: testIdSchema.nullable(),
  age: nightlyAgeSchema.nullable(),
});
export type NightlyFailure = z.infer<typeof nightlyFailureSchema>;

export const nightlyFixSchema = caseOfNightSchema.extend({ runId: runIdSchema });
export type NightlyFix = z.infer<typeof nightlyFixSchema>;

/** What was there the time before and is not any more, although what it belongs to ran to its end. */
export const nightlyMissingSchema = caseOfNightSchema.extend({
  how: z.enum(['removed', 'skipped']),
  /** That it stands for: all of a run that is gone. */
  cases: z.number().int(),
  /** Where it was last. */
  submissionId: submissionIdSchema,
});
export type NightlyMissing = z.infer<typeof nightlyMissingSchema>;

/** A run about whose code nothing was learnt. */
export const nightlyNotRunSchema = z.object({
  runId: runIdSchema,
  run: z.string(),
  target: z.string(),
  /** Null while it is not over. */
  verdict: verdictSchema.nullable(),
  why: z.string(),
});
export type NightlyNotRun = z.infer<typeof nightlyNotRunSchema>;

/** What was expected on a target, by the time before and by what was submitted, and what ran. */
export const nightlyCoverageSchema = z.object({
  target: z.string(),
  expectedRuns: z.number().int(),
  runs: z.number().int(),
  expectedCases: z.number().int(),
  cases: z.number().int(),
});
export type NightlyCoverage = z.infer<typeof nightlyCoverageSchema>;

/** The latest build of a series that is off, which nothing has confirmed. */
export const nightlySuspectSchema = z.object({ series: seriesViewSchema, value: z.number() });
export type NightlySuspect = z.infer<typeof nightlySuspectSchema>;

/** What has changed from one submission to the next. */
export const nightlyReportSchema = z.object({
  submission: submissionViewSchema,
  /** What it is compared with; null for the first. Runs that had no result then are compared with the last that had. */
  before: submissionViewSchema.nullable(),
  /** That made it. */
  schedule: z.object({ id: scheduleIdSchema, name: z.string() }).nullable(),
  /**
   * `bad`: something fails anew, is gone, or has become worse for certain. `unknown`: nothing of that, and runs without
   * a result, or nothing was submitted since.
   */
  conclusion: z.enum(['good', 'bad', 'unknown']),
  newFailures: listed(nightlyFailureSchema),
  stillFailing: listed(nightlyFailureSchema),
  fixed: listed(nightlyFixSchema),
  missing: listed(nightlyMissingSchema),
  flakes: listed(flakeSchema),
  /** Found, confirmed or ended since the time before. */
  changes: listed(changeViewSchema),
  suspects: listed(nightlySuspectSchema),
  coverage: listed(nightlyCoverageSchema),
  notRun: listed(nightlyNotRunSchema),
  /** Boards of these targets that are offline or not trusted, as they are now. */
  boards: listed(boardViewSchema),
  /** Times of the schedule since the one before at which nothing was submitted, and why. */
  skipped: listed(scheduleEventSchema),
});
export type NightlyReport = z.infer<typeof nightlyReportSchema>;
