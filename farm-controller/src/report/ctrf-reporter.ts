import { type Outcome, UniqueNames } from '@greenrack/farm-model';
import type { SubmissionView } from '@greenrack/farm-protocol';
import { cleanLine } from './clean-text.js';
import { originFacts } from './origin-facts.js';
import type { ReportCase } from './report-case.js';
import type { ReportRun } from './report-run.js';
import type { ReportWriter } from './report-writer.js';

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'other';

const STATUS: Readonly<Record<Outcome, Status>> = {
  passed: 'passed',
  failed: 'failed',
  error: 'other',
  skipped: 'skipped',
  expected: 'skipped',
  unfinished: 'pending',
};

/** CTRF JSON (Common Test Report Format), one test per case. */
export class CtrfReport implements ReportWriter {
  readonly #submission: SubmissionView;
  readonly #names = new UniqueNames();
  readonly #counts = {
    ...{ tests: 0, passed: 0, failed: 0, skipped: 0, pending: 0, other: 0 },
    ...{ flaky: 0, suites: 0 },
  };
  #stopMs: number;

  constructor(submission: SubmissionView) {
    this.#submission = submission;
    this.#stopMs = submission.createdMs;
  }

  head(): string {
    const { id, name, origin, createdMs, finishedMs } = this.#submission;
    const summary = { ...this.#counts, start: createdMs, stop: finishedMs ?? this.#stopMs };
    const extra = { submissionId: id, name: cleanLine(name) };
    return (
      '{"reportFormat":"CTRF","specVersion":"0.0.0","generatedBy":"greenrack",' +
      `"results":{"tool":{"name":"greenrack"},${environment(origin)}"extra":${JSON.stringify(extra)},\n` +
      `"summary":${JSON.stringify(summary)},\n"tests":[`
    );
  }

  *run(run: ReportRun): Iterable<string> {
    const counts = this.#counts;
    const suite = this.#names.take(`${run.platform}.${run.name}`).slice(run.platform.length + 1);
    counts.suites += 1;
    this.#stopMs = Math.max(this.#stopMs, (run.startedMs ?? 0) + run.durationMs);
    for (const item of run.cases) {
      yield `${counts.tests === 0 ? '' : ','}\n${JSON.stringify(testOf(item, run, suite))}`;
      counts.tests += 1;
      counts[STATUS[item.outcome]] += 1;
      if (run.verdict === 'flaky') counts.flaky += 1;
    }
  }

  tail(): string {
    return '\n]}}\n';
  }
}

function testOf(item: ReportCase, run: ReportRun, suite: string): object {
  return {
    name: item.name,
    status: STATUS[item.outcome],
    duration: Math.round(item.durationMs),
    rawStatus: item.verdict,
    suite: [run.platform, suite],
    ...(item.message !== '' && { message: item.message }),
    ...(item.detail !== '' && { trace: item.detail }),
    ...(item.file !== undefined && { filePath: item.file }),
    ...(item.line !== undefined && { line: item.line }),
    ...(run.verdict === 'flaky' && { flaky: true }),
    retries: Math.max(0, run.attempts - 1),
    ...(run.board !== '' && { device: run.boardName ?? run.board }),
    extra: {
      runId: run.id,
      runVerdict: run.verdict,
      ...(run.boardName !== undefined && { board: run.board }),
      ...(run.rawVerdict && { rawVerdict: run.rawVerdict }),
    },
  };
}

/** The commit, in the words of CTRF. */
function environment(origin: SubmissionView['origin']): string {
  if (!origin) return '';
  const { repository, ref, commit } = originFacts(origin);
  const facts = { repositoryName: repository, branchName: ref, commit, buildUrl: origin.url };
  return `"environment":${JSON.stringify(facts)},`;
}
