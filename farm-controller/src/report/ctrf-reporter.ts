import type { SubmissionView } from '@greenrack/farm-protocol';
import { cleanLine } from './clean-text.js';
import type { Outcome, ReportCase, ReportRun } from './report-run.js';

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'other';

const STATUS: Readonly<Record<Outcome, Status>> = {
  passed: 'passed',
  failed: 'failed',
  error: 'other',
  skipped: 'skipped',
  unfinished: 'pending',
};

/** CTRF JSON (Common Test Report Format), one test per case; written as it is read, with the summary last. */
export async function* ctrfJson(
  submission: SubmissionView,
  runs: AsyncIterable<ReportRun>,
): AsyncGenerator<string> {
  const counts = {
    tests: 0,
    passed: 0,
    failed: 0,
    skipped: 0,
    pending: 0,
    other: 0,
    flaky: 0,
    suites: 0,
  };
  let stop = submission.createdMs;
  yield '{"reportFormat":"CTRF","specVersion":"0.0.0","generatedBy":"greenrack",';
  yield `"results":{"tool":{"name":"greenrack"},"extra":${JSON.stringify(extraOf(submission))},"tests":[`;
  for await (const run of runs) {
    counts.suites += 1;
    stop = Math.max(stop, (run.startedMs ?? 0) + run.durationMs);
    for (const item of run.cases) {
      yield `${counts.tests === 0 ? '' : ','}\n${JSON.stringify(testOf(item, run))}`;
      counts.tests += 1;
      counts[STATUS[item.outcome]] += 1;
      if (run.verdict === 'flaky') counts.flaky += 1;
    }
  }
  const times = { start: submission.createdMs, stop: submission.finishedMs ?? stop };
  yield `],\n"summary":${JSON.stringify({ ...counts, ...times })}}}\n`;
}

function extraOf(submission: SubmissionView): object {
  return { submissionId: submission.id, name: cleanLine(submission.name) };
}

function testOf(item: ReportCase, run: ReportRun): object {
  return {
    name: item.name,
    status: STATUS[item.outcome],
    duration: Math.round(item.durationMs),
    rawStatus: item.verdict,
    suite: [run.target, run.name],
    ...(item.message !== '' && { message: item.message }),
    ...(item.detail !== '' && { trace: item.detail }),
    ...(item.file !== undefined && { filePath: item.file }),
    ...(item.line !== undefined && { line: item.line }),
    ...(run.verdict === 'flaky' && { flaky: true }),
    retries: Math.max(0, run.attempts - 1),
    ...(run.board !== '' && { device: run.board }),
    extra: {
      runId: run.id,
      runVerdict: run.verdict,
      ...(run.rawVerdict && { rawVerdict: run.rawVerdict }),
    },
  };
}
