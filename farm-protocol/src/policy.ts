import { z } from 'zod';
import { displayNameSchema, targetNameSchema, tenantSchema } from './ids.js';

/** Where a repository says what its checks mean. */
export const POLICY_FILE = '.greenrack.yml';
/** Largest policy file, in bytes. */
export const MAX_POLICY_BYTES = 32 * 1024;

/** A path of the repository with `*` and `?` within a folder, `**` for any folders; with `!` in front, those are not meant. */
const pathPatternSchema = z
  .string()
  .regex(
    /^!?[^/!\s\\][^\s\\]{0,198}$/,
    'expected a path of the repository such as src/** or !docs/**',
  );
/** Name of a case, a run or a metric, with `*` and `?`. */
const namePatternSchema = z.string().min(1).max(200);
const daySchema = z.iso.date();

/** A failure that is known, and does not count until that day is over. */
export const expectedFailureSchema = z.strictObject({
  case: namePatternSchema,
  /** Default: of any run. */
  run: namePatternSchema.optional(),
  reason: z.string().min(1).max(300),
  until: daySchema.optional(),
});
export type ExpectedFailure = z.infer<typeof expectedFailureSchema>;

/** Bounds that a metric must keep, in its own unit. */
export const budgetSchema = z
  .strictObject({
    metric: namePatternSchema,
    case: namePatternSchema.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'expected min, max or both');
export type Budget = z.infer<typeof budgetSchema>;

const suiteSchema = z.strictObject({
  /** As its submissions are called. */
  name: displayNameSchema,
  targets: z.array(targetNameSchema).min(1).max(50),
  /** Changes that need it; the last pattern that fits a path decides. Default: every change. */
  paths: z.array(pathPatternSchema).min(1).max(100).optional(),
  /** Whether its failure is one of the commit. Default required. */
  gate: z.enum(['required', 'informative']).default('required'),
  expectedFailures: z.array(expectedFailureSchema).max(500).default([]),
  budgets: z.array(budgetSchema).max(100).default([]),
});
export type PolicySuite = z.infer<typeof suiteSchema>;

/** What a repository says of its checks: the file {@link POLICY_FILE} of the branch that a change is to go into. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  /** Whose submissions count; one of those that the farm allows for the repository. */
  tenant: tenantSchema.optional(),
  /** How long a check waits for images. Default: as the farm says. */
  waitMinutes: z.number().int().min(1).max(10_080).optional(),
  suites: z
    .array(suiteSchema)
    .max(50)
    .refine(
      (suites) => new Set(suites.map(({ name }) => name)).size === suites.length,
      'a suite stands twice',
    )
    .default([]),
  /** Whether suites that are not named here gate. Default required. */
  otherSuites: z.enum(['required', 'informative']).default('required'),
  /** What a check says of which nothing was learnt: no board, a bench that failed. GitHub takes `neutral` for a yes. */
  withoutResult: z
    .strictObject({
      pullRequest: z.enum(['neutral', 'failure', 'action_required']).default('neutral'),
      mergeQueue: z.enum(['failure', 'neutral']).default('failure'),
    })
    .prefault({}),
  /** Whether a pull request is commented on when it brings a failure. Default newFailures. */
  comments: z.enum(['newFailures', 'never']).default('newFailures'),
  /** What cases mean that the base had, and that are gone or skipped now. Default report. */
  missingCases: z.enum(['report', 'fail']).default('report'),
});
export type Policy = z.infer<typeof policySchema>;

/** Of a repository that has no such file. */
export const DEFAULT_POLICY: Policy = policySchema.parse({ version: 1 });

/** One check under a policy that is tried. */
export const policyTrialCheckSchema = z.object({
  name: z.string(),
  /** As it was without a policy, and as it is with this one. */
  before: z.string(),
  after: z.string(),
  title: z.string(),
});
export const policyTrialSchema = z.object({
  commits: z.array(
    z.object({
      sha: z.string(),
      ref: z.string().nullable(),
      submittedMs: z.number().int(),
      checks: z.array(policyTrialCheckSchema),
    }),
  ),
  /** There were more commits than are looked at. */
  cut: z.boolean(),
});
export type PolicyTrial = z.infer<typeof policyTrialSchema>;

export const policyTrialRequestSchema = z.strictObject({
  /** Host and path, as submissions name it. */
  repository: z.string().min(1).max(300),
  sinceMs: z.number().int().min(0),
  policy: policySchema,
});
export type PolicyTrialRequest = z.infer<typeof policyTrialRequestSchema>;
