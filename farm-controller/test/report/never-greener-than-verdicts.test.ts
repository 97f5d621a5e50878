import { VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { reportRun } from '../../src/report/report-run.js';
import { attemptView, caseView, runView } from './support.js';

const outcomes = (report: ReturnType<typeof reportRun>) => [...report.cases].map((c) => c.outcome);

describe('a run in a report', () => {
  it.each([
    ['pass', 'passed'],
    ['flaky', 'passed'],
    ['fail', 'failed'],
    ['crash', 'failed'],
    ['hang', 'failed'],
    ['xpass', 'failed'],
    ['infra', 'error'],
    ['blocked', 'error'],
    ['cancelled', 'error'],
    ['skipped', 'skipped'],
    ['xfail', 'expected'],
  ] as const)('with verdict %s and green cases is %s', (verdict, outcome) => {
    const attempt = attemptView({ verdict, cases: [caseView('a')] });
    const report = reportRun(runView({ verdict }), [attempt]);
    expect(report.outcome).toBe(outcome);
    const isGreen = outcome === 'passed' || outcome === 'skipped';
    expect(outcomes(report)).toEqual(!isGreen ? ['passed', outcome] : ['passed']);
  });

  it('has an outcome for every verdict', () => {
    for (const verdict of VERDICTS)
      expect([...reportRun(runView({ verdict }), []).cases][0]?.outcome).toBeDefined();
  });

  it('without an attempt shows that it did not start, never a pass', () => {
    const waiting = runView({ state: 'queued', verdict: null, startedMs: null, finishedMs: null });
    expect([...reportRun(waiting, []).cases]).toMatchObject([
      { outcome: 'unfinished', message: 'the run is queued' },
    ]);
    const gone = runView({ verdict: 'infra', reason: 'noBoard', message: '', startedMs: null });
    expect([...reportRun(gone, []).cases]).toMatchObject([
      { outcome: 'error', message: 'noBoard' },
    ]);
  });

  it('shows the red case, not a second one for the run', () => {
    const failures = [{ message: 'expected 1 was 2', file: 'main.c', line: 42 }];
    const cases = [caseView('a'), caseView('b', { verdict: 'fail', failures })];
    const report = reportRun(runView({ verdict: 'fail' }), [
      attemptView({ verdict: 'fail', cases }),
    ]);
    expect([...report.cases]).toHaveLength(2);
    expect([...report.cases][1]).toMatchObject({
      ...{ outcome: 'failed', file: 'main.c', line: 42, message: 'main.c:42: expected 1 was 2' },
      detail: 'main.c:42: expected 1 was 2',
    });
  });

  it('shows only errors when nothing is known, although a case had failed before', () => {
    const cases = [caseView('a', { verdict: 'fail' }), caseView('b', { verdict: null })];
    const attempt = attemptView({ verdict: 'infra', reason: 'consoleLost', cases });
    const report = reportRun(runView({ verdict: 'infra', message: 'port vanished' }), [attempt]);
    expect(outcomes(report)).toEqual(['error', 'error']);
    expect([...report.cases][1]?.message).toBe('the run ended before this case did');
  });

  it('carries the crash block as evidence', () => {
    const lines = ['++ MbedOS Error Info ++', 'Error Status: 0x80FF013D'];
    const crash = { message: 'hard fault', lines };
    const attempt = attemptView({
      verdict: 'crash',
      crash,
      cases: [caseView('a', { verdict: 'crash' })],
    });
    const withCase = reportRun(runView({ verdict: 'crash' }), [attempt]);
    expect([...withCase.cases][0]?.detail).toBe(lines.join('\n'));
    const without = reportRun(runView({ verdict: 'crash', message: 'hard fault' }), [
      attemptView({ verdict: 'crash', crash }),
    ]);
    expect([...without.cases]).toMatchObject([{ message: 'hard fault', detail: lines.join('\n') }]);
  });

  it('takes the cases of the last attempt', () => {
    const first = attemptView({ verdict: 'fail', cases: [caseView('a', { verdict: 'fail' })] });
    const second = attemptView({ number: 2, cases: [caseView('a')] });
    const report = reportRun(runView({ verdict: 'flaky', attempts: 2 }), [first, second]);
    expect(outcomes(report)).toEqual(['passed']);
  });

  it('is shown by the attempt that gave its verdict, not by trouble that came after', () => {
    const first = attemptView({ verdict: 'fail', cases: [caseView('a', { verdict: 'fail' })] });
    const second = attemptView({ number: 2, verdict: 'infra', cases: [] });
    const report = reportRun(runView({ verdict: 'fail', attempts: 2 }), [first, second]);
    expect(outcomes(report)).toEqual(['failed']);
  });

  it('skips the cases that never began after the failure of another, and says why', () => {
    const why = [{ message: 'never started: the firmware left' }];
    const report = reportRun(runView({ verdict: 'fail' }), [
      attemptView({
        verdict: 'fail',
        cases: [
          caseView('a', { verdict: 'fail' }),
          caseView('b', { verdict: 'blocked', failures: why }),
          caseView('c', { verdict: 'blocked' }),
        ],
      }),
    ]);
    expect([...report.cases].slice(1)).toMatchObject([
      { outcome: 'skipped', message: 'never started: the firmware left' },
      { outcome: 'skipped', message: 'the run ended before this case began' },
    ]);
  });

  it('keeps the line of a failure without a file', () => {
    const cases = [caseView('a', { verdict: 'fail', failures: [{ message: 'bad', line: 42 }] })];
    const report = reportRun(runView({ verdict: 'fail' }), [attemptView({ cases })]);
    expect([...report.cases][0]).toMatchObject({ message: 'line 42: bad', line: 42 });
  });

  it('gives no two cases one name, and no case that of the run', () => {
    const cases = [caseView('a\u0007'), caseView('a\u0000'), caseView('suite')];
    const report = reportRun(runView({ verdict: 'hang' }), [attemptView({ cases })]);
    expect([...report.cases].map((one) => one.name)).toEqual([
      ...['a\ufffd', 'a\ufffd #2', 'suite', 'suite #2'],
    ]);
  });

  it('that failed as foretold shows its failed cases as expected', () => {
    const cases = [caseView('a', { verdict: 'fail' })];
    const report = reportRun(runView({ verdict: 'xfail' }), [attemptView({ cases })]);
    expect(outcomes(report)).toEqual(['expected']);
  });
});
