import type { ReportRun } from './report-run.js';

/**
 * Writes one report. `run` is called once per run, in their order; `head` and `tail` after the last, when the totals
 * are known. The report is head, the texts of the runs, tail.
 */
export interface ReportWriter {
  /** In pieces of a case or so. */
  run(run: ReportRun): Iterable<string>;
  head(): string;
  tail(): string;
}
