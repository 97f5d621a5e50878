import { z } from 'zod';
import { textSchema } from './text.js';

/**
 * What we say of a run.
 * `infra` is never counted against the code; `flaky` is a pass after a fail; `blocked` could not start for a stated
 * reason; `xfail` failed as its list foretold; `xpass` passed against its list and counts as a failure.
 */
export const VERDICTS = [
  'pass',
  'fail',
  'crash',
  'hang',
  'infra',
  'flaky',
  'skipped',
  'blocked',
  'cancelled',
  'xfail',
  'xpass',
] as const;
export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

/**
 * What an agent may say of an attempt. The others are the controller's to give: it knows the run's earlier attempts and
 * what is expected of it.
 */
export const attemptVerdictSchema = verdictSchema.exclude(['flaky', 'xfail', 'xpass']);
export type AttemptVerdict = z.infer<typeof attemptVerdictSchema>;

/** Verdicts of one test case. `blocked`: named by the firmware but never started because the run ended before. */
export const CASE_VERDICTS = [
  'pass',
  'fail',
  'crash',
  'hang',
  'infra',
  'skipped',
  'blocked',
  'cancelled',
] as const;
export const caseVerdictSchema = z.enum(CASE_VERDICTS);
export type CaseVerdict = z.infer<typeof caseVerdictSchema>;

/** Why an attempt ended. A closed vocabulary: dashboards and retry rules hang on it. Add, never rename. */
export const END_REASONS = [
  /** The firmware or the host test gave its verdict. */
  'completed',
  /** The firmware left (`__exit`) without a verdict. */
  'exitWithoutEnd',
  /** A crash block or an `mbed_error` key was printed. */
  'crashBlock',
  /** The board restarted by itself in the middle of a test that does not expect it. */
  'rebooted',
  /** The budget that the image announced (or the spec's cap) was spent. */
  'timeout',
  /** The image never answered `__sync`. */
  'syncFailed',
  /** The image asked for a host test that this agent does not have. */
  'hostTestUnknown',
  /** The board lacks a fixture that the host test cannot do without. */
  'fixtureMissing',
  /** A host test threw. */
  'hostTestError',
  /** The console wrote more than its limit. */
  'outputLimit',
  /** The console port vanished. */
  'consoleLost',
  /** The emulator ended by itself. */
  'emulatorExited',
  /** The board (or its emulator) could not be started. */
  'boardStartFailed',
  'flashFailed',
  /** The image could not be fetched, or its bytes do not match their hash. */
  'imageUnavailable',
  /** The image cannot run on this board. */
  'imageUnsuitable',
  /** A virtual board waited for a processor while its cases failed: what they measured is the machine's. */
  'hostStarved',
  /** The board's power meter is gone, or does not answer: what the run was to measure was not measured. */
  'meterFailed',
  /** The agent would not take the order. */
  'agentRefused',
  /** The agent process died while it ran the attempt. */
  'agentRestarted',
  /** The agent did not come back before its lease ran out. */
  'agentLost',
  /** No board could take the run before its queue deadline. */
  'noBoard',
  'cancelled',
  /** A defect of the farm itself. */
  'internalError',
  /** The agent is newer than the controller and gave a reason that this one does not know; the message names it. */
  'unknown',
] as const;
export const endReasonSchema = z.enum(END_REASONS);
export type EndReason = z.infer<typeof endReasonSchema>;

const OF_CONTROLLER: ReadonlySet<EndReason> = new Set(['agentRefused', 'agentLost', 'noBoard']);
/** Why an attempt ended, as its agent may put it; the others are what the controller says of agents and queues. */
export const attemptReasonSchema = endReasonSchema.refine(
  (reason) => !OF_CONTROLLER.has(reason),
  'a reason that only the controller gives',
);

/** Where a failed assertion stands. Paths come from the firmware and are shown, never opened. */
export const failureSchema = z.object({
  message: textSchema(4000),
  file: textSchema(512).optional(),
  line: z.number().int().min(0).max(10_000_000).optional(),
});
export type Failure = z.infer<typeof failureSchema>;
