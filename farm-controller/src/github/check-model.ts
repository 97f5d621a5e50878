import type { ExpectedFailure, Metric, Verdict } from '@greenrack/farm-protocol';

export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'action_required'
  | 'timed_out'
  | 'skipped';

/** A test case that did not pass, on however many boards. */
export interface FailedCase {
  /** Name of the run, and of the case in it. */
  readonly run: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** As the firmware names it. */
  readonly file?: string;
  readonly line?: number;
  readonly boards: readonly string[];
  /** It failed at the base as well. */
  readonly known: boolean;
}

/** A case that the base had. */
export interface MissingCase {
  readonly run: string;
  readonly name: string;
  readonly how: 'removed' | 'skipped';
}

/** A metric that differs from the base's: medians over boards and tries. */
export interface MetricDifference extends Pick<Metric, 'name' | 'unit' | 'direction'> {
  readonly run: string;
  readonly caseName: string;
  readonly was: number;
  readonly is: number;
  readonly percent: number;
  readonly isWorse: boolean;
}

/** A metric of which runs in turns have confirmed that it changed, and with which commit. */
export interface ConfirmedChange {
  readonly target: string;
  readonly imageName: string;
  /** Empty for one of the whole run. */
  readonly caseName: string;
  readonly metric: string;
  readonly unit: string;
  readonly effect: 'regression' | 'improvement' | 'change';
  readonly was: number;
  readonly is: number;
  /** Of one like it where nothing has changed; 0 where any difference counts. */
  readonly chance: number;
  readonly commit: string;
  /** The last commit without it, where others lie between. */
  readonly after?: string;
}

/** What one check is about: the runs of a suite on a target. */
export interface CheckResults {
  readonly suite: string;
  readonly target: string;
  /** The submissions that it shows. */
  readonly submissionIds: readonly string[];
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** The same, where excused failures count as passes. */
  readonly counted: Readonly<Partial<Record<Verdict, number>>>;
  /** An informative check never fails its commit. */
  readonly gate: 'required' | 'informative';
  readonly total: number;
  readonly finished: number;
  /** When the last of them ended. */
  readonly finishedMs: number;
  /** New ones first; empty until all have finished. */
  readonly failures: readonly FailedCase[];
  /** Failures that do not count, and why. */
  readonly excused: readonly (FailedCase & { readonly why: string })[];
  /** Expected failures of which all cases pass. */
  readonly mended: readonly ExpectedFailure[];
  /** Metrics outside the bounds of the policy. */
  readonly overBudget: readonly FailedCase[];
  /** Cases of the base that are not there any more; they may fail the check. */
  readonly missing: readonly MissingCase[];
  readonly missingFails: boolean;
  readonly metrics: readonly MetricDifference[];
  /** What is confirmed to have begun with this commit. */
  readonly changes: readonly ConfirmedChange[];
  /** Runs about which nothing is known, with the reason. */
  readonly troubles: readonly { readonly run: string; readonly why: string }[];
  /** Passed on another try. */
  readonly flaky: readonly string[];
  /** The commit that failures are compared with; undefined when it has no results. */
  readonly base?: string;
  /** Why there is no base. */
  readonly noBase?: string;
}

/** A line of the source that a failure points at. */
export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning';
  readonly title: string;
  readonly message: string;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

/** A check as it is to be. */
export interface DesiredCheck {
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion?: Conclusion;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly actions: readonly CheckAction[];
  /** Failures that may be annotated, the most important first; their places are not resolved yet. */
  readonly failures: readonly FailedCase[];
  /** Page of the farm that has more. */
  readonly detailsUrl?: string;
  /** When its last result came in. */
  readonly finishedMs?: number;
}
