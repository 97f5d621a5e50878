import type { Outcome } from '@greenrack/farm-model';
import type { NightlyFailure, NightlyReport } from '@greenrack/farm-protocol';
import { cleanLine, cleanText } from './clean-text.js';
import { JunitReport } from './junit-reporter.js';
import type { ReportCase } from './report-case.js';
import type { ReportRun } from './report-run.js';

type Line = Pick<ReportCase, 'name' | 'outcome' | 'verdict' | 'message'>;

/**
 * What has changed, as JUnit: what fails anew or is gone has failed, what failed before is skipped, what runs no more
 * is an error, and what is mended has passed.
 */
export function nightlyJunit(report: NightlyReport): string {
  const writer = new JunitReport(report.submission);
  const body = [...runsOf(report)].flatMap((run) => [...writer.run(run)]);
  const tail = writer.tail();
  return [writer.head(), ...body, tail].join('');
}

function* runsOf(report: NightlyReport): Generator<ReportRun> {
  const groups = new Map<string, { run: string; target: string; lines: Line[] }>();
  const add = (run: string, target: string, line: Line): void => {
    const key = JSON.stringify([run, target]);
    const group = groups.get(key) ?? { run, target, lines: [] };
    groups.set(key, group);
    group.lines.push({ ...line, message: cleanText(line.message) });
  };
  for (const one of report.newFailures.items)
    add(one.run, one.target, { ...lineOf(one), outcome: 'failed' });
  for (const one of report.missing.items)
    add(one.run, one.target, {
      ...{ name: one.case ?? one.run, outcome: 'failed', verdict: 'blocked' },
      message: `${one.how === 'removed' ? 'is not there any more' : 'is skipped now'}; last in ${one.submissionId}`,
    });
  for (const one of report.stillFailing.items)
    add(one.run, one.target, { ...lineOf(one), outcome: 'expected' });
  for (const one of report.notRun.items)
    add(one.run, one.target, {
      ...{ name: one.run, outcome: 'error', message: one.why },
      verdict: one.verdict ?? 'unfinished',
    });
  for (const one of report.fixed.items)
    add(one.run, one.target, {
      ...{ name: one.case ?? one.run, outcome: 'passed', verdict: 'pass', message: '' },
    });
  if (groups.size === 0)
    add('nightly', 'farm', {
      ...{ name: 'nothing has changed', outcome: 'passed', verdict: 'pass', message: '' },
    });
  for (const group of groups.values()) yield runOf(report, group);
}

const lineOf = (one: NightlyFailure): Omit<Line, 'outcome'> => ({
  ...{ name: one.case ?? one.run, verdict: one.verdict },
  message: `${one.message} (on ${one.boards.join(', ')})`,
});

const WORST: readonly Outcome[] = ['failed', 'error', 'expected', 'passed'];

function runOf(
  { submission }: NightlyReport,
  { run, target, lines }: { run: string; target: string; lines: readonly Line[] },
): ReportRun {
  const outcomes = lines.map(({ outcome }) => outcome);
  const outcome = WORST.find((one) => outcomes.includes(one)) ?? 'passed';
  const verdict = lines.find((line) => line.outcome === outcome)?.verdict ?? 'pass';
  return {
    ...{ id: submission.id, name: cleanLine(run), target, platform: target, board: '' },
    ...{ attempts: 1, verdict, outcome, message: '', outcomes, durationMs: 0 },
    startedMs: submission.createdMs,
    cases: lines.map((line) => ({
      ...{ ...line, name: cleanLine(line.name), durationMs: 0, detail: '' },
    })),
  };
}
