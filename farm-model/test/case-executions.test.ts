import type { CaseVerdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import {
  beginningExecution,
  caseOfExecution,
  endingExecution,
  executionName,
  replacesEnd,
} from '../src/case-executions.js';

const known = (cases: Record<string, CaseVerdict | null>) => (name: string) =>
  Object.hasOwn(cases, name) ? cases[name] : undefined;

describe('executions of a case', () => {
  it('keep the name for the first and count from the second on', () => {
    expect(beginningExecution('boot', known({}))).toBe('boot');
    expect(beginningExecution('boot', known({ boot: 'pass' }))).toBe('boot #2');
    expect(beginningExecution('boot', known({ boot: 'fail', 'boot #2': 'pass' }))).toBe('boot #3');
  });

  it('do not begin a second time while they run: a board that restarts goes on with its case', () => {
    expect(beginningExecution('boot', known({ boot: null }))).toBe('boot');
    expect(beginningExecution('boot', known({ boot: 'pass', 'boot #2': null }))).toBe('boot #2');
  });

  it('end where one is under way, else the latest is told of again', () => {
    expect(endingExecution('boot', known({ boot: 'pass', 'boot #2': null }))).toBe('boot #2');
    expect(endingExecution('boot', known({ boot: 'pass', 'boot #2': 'pass' }))).toBe('boot #2');
    expect(endingExecution('boot', known({}))).toBe('boot');
  });

  it('have names that fit an event and lead back to their case', () => {
    const long = executionName('x'.repeat(200), 12);
    expect(long).toHaveLength(200);
    expect(long.endsWith('x #12')).toBe(true);
    expect(caseOfExecution('boot #2')).toBe('boot');
    expect(caseOfExecution('issue #0 of C#')).toBe('issue #0 of C#');
  });

  it('are bounded: a firmware that repeats a case for ever makes no endless list', () => {
    const all = () => 'pass' as const;
    expect(beginningExecution('boot', all)).toBe('boot #100');
    expect(endingExecution('boot', all)).toBe('boot #100');
  });
});

describe('a second end of an execution', () => {
  it('counts when it is worse or says more', () => {
    const pass = { verdict: 'pass', failures: [] } as const;
    const fail = { verdict: 'fail', failures: ['why'] } as const;
    expect(replacesEnd(fail, pass)).toBe(true);
    expect(replacesEnd(pass, fail)).toBe(false);
    expect(replacesEnd(fail, { verdict: 'fail', failures: [] })).toBe(true);
  });
});
