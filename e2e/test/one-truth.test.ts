import { meaningOf, meaningOfAll } from '@greenrack/farm-model';
import { CASE_VERDICTS, type RunView, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { submissionStanding } from '../../dashboards/src/model/submission-summary.js';
import { HTRUN_RESULTS, htrunResult } from '../../farm-cli/src/ctest/htrun-result.js';
import { exitCodeOfVerdicts } from '../../farm-cli/src/exit-code.js';
import { CtrfReport } from '../../farm-controller/src/report/ctrf-reporter.js';
import { JunitReport } from '../../farm-controller/src/report/junit-reporter.js';
import { type ReportRun, reportRun } from '../../farm-controller/src/report/report-run.js';
import { TapReport } from '../../farm-controller/src/report/tap-reporter.js';
import { readTap } from '../../farm-controller/test/report/read-tap.js';
import {
  attemptView,
  caseView,
  parseXml,
  runView,
  submissionView,
  written,
} from '../../farm-controller/test/report/support.js';

const anyCase = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...CASE_VERDICTS, null))
  .map(([name, verdict]) => caseView(name, { verdict }));
const anyRun = fc
  .tuple(fc.constantFrom(...VERDICTS), fc.array(anyCase, { maxLength: 5 }), fc.boolean())
  .map(([verdict, cases, hasBegun]) => ({
    run: runView({ verdict, name: 'one name' }),
    attempts: hasBegun ? [attemptView({ verdict, cases })] : [],
  }));
const anyRuns = fc.array(anyRun, { minLength: 1, maxLength: 6 });

const numbers = (facts: Readonly<Record<string, string>>, ...names: string[]) =>
  names.map((name) => Number(facts[name]));

function junitCounts(runs: readonly ReportRun[]) {
  const xml = parseXml(written(new JunitReport(submissionView()), ...runs));
  const [tests = 0, failures = 0, errors = 0] = numbers(
    xml.attributes,
    ...['tests', 'failures', 'errors'],
  );
  const nodes = xml.children.flatMap((suite) =>
    suite.children.filter(({ name }) => name === 'testcase'),
  );
  const having = (kind: string) =>
    nodes.filter(({ children }) => children.some(({ name }) => name === kind)).length;
  expect([nodes.length, having('failure'), having('error')]).toEqual([tests, failures, errors]);
  const names = nodes.map(({ attributes }) => `${attributes.classname} ${attributes.name}`);
  expect(new Set(names).size).toBe(names.length);
  return { tests, failures, errors, skipped: having('skipped') };
}

function ctrfCounts(runs: readonly ReportRun[]) {
  const { summary, tests } = JSON.parse(written(new CtrfReport(submissionView()), ...runs)).results;
  expect(tests).toHaveLength(summary.tests);
  return {
    tests: summary.tests,
    failures: summary.failed,
    errors: summary.other,
    skipped: summary.skipped,
  };
}

const verdictsOf = (runs: readonly RunView[]) =>
  Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, runs.filter((run) => run.verdict === verdict).length]),
  );

describe('what is said of a finished submission', () => {
  it('is the same as verdict, exit code, JUnit, CTRF, TAP and chip, whatever its cases say', () => {
    fc.assert(
      fc.property(anyRuns, (source) => {
        const runs = source.map(({ run }) => run);
        const reports = source.map(({ run, attempts }) => reportRun(run, attempts));
        const meaning = meaningOfAll(runs.map((run) => run.verdict));
        const exitCode = { good: 0, bad: 1, unknown: 3 }[meaning];
        expect(exitCodeOfVerdicts(runs.map((run) => run.verdict))).toBe(exitCode);

        const counts = junitCounts(reports);
        expect(ctrfCounts(reports)).toEqual(counts);
        const has = (wanted: string) => runs.some((run) => meaningOf(run.verdict) === wanted);
        expect(counts.failures > 0).toBe(has('bad'));
        expect(counts.errors > 0).toBe(has('unknown'));

        const tap = readTap(written(new TapReport(), ...reports));
        expect([tap.ok, tap.count]).toEqual([meaning === 'good', runs.length]);
        const red = runs.filter((run) => meaningOf(run.verdict) !== 'good').length;
        expect(tap.fail - tap.todo).toBe(red);

        const chip = submissionStanding(submissionView({ verdicts: verdictsOf(runs) }));
        expect(meaningOf(chip === 'queued' || chip === 'running' ? null : chip)).toBe(meaning);
      }),
      { numRuns: 150 },
    );
  });

  it('is what ctest-run says of a single run', () => {
    for (const verdict of VERDICTS) {
      const code = HTRUN_RESULTS[htrunResult({ verdict, reason: null })];
      expect(code === 0).toBe(exitCodeOfVerdicts([verdict]) === 0);
    }
  });
});
