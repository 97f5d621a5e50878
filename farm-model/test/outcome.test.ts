import { CASE_VERDICTS, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { caseOutcome, decidingAttempt, outcomeOf, weighedByCases } from '../src/outcome.js';
import { UniqueNames } from '../src/unique-names.js';

describe('the outcome of a case', () => {
  it('is red only in the colour of its run', () => {
    for (const run of VERDICTS)
      for (const verdict of [...CASE_VERDICTS, null]) {
        const outcome = caseOutcome(verdict, run);
        const isRed = outcome !== 'passed' && outcome !== 'skipped';
        if (isRed) expect(outcome).toBe(outcomeOf(run));
      }
  });

  it('says what is known while the run lasts', () => {
    expect(caseOutcome('fail', null)).toBe('failed');
    expect(caseOutcome(null, null)).toBe('unfinished');
  });

  it('is expected where the run failed as foretold', () => {
    expect(caseOutcome('crash', 'xfail')).toBe('expected');
    expect(caseOutcome('pass', 'xfail')).toBe('passed');
  });
});

describe('the attempt that decides', () => {
  it('is the latest, unless only trouble came after a verdict', () => {
    const [fail, infra, pass] = [
      { verdict: 'fail' },
      { verdict: 'infra' },
      { verdict: 'pass' },
    ] as const;
    expect(decidingAttempt([fail, pass])).toBe(pass);
    expect(decidingAttempt([fail, infra])).toBe(fail);
    expect(decidingAttempt([infra])).toBe(infra);
    expect(decidingAttempt([])).toBeUndefined();
  });
});

describe('a claimed pass', () => {
  it('stands when every case passed or was skipped, or there is none', () => {
    expect(weighedByCases('pass', ['pass', 'skipped'])).toBe('pass');
    expect(weighedByCases('pass', [])).toBe('pass');
  });

  it('falls by a failed case, and by one without a result', () => {
    expect(weighedByCases('pass', ['pass', 'fail', 'crash'])).toBe('crash');
    expect(weighedByCases('pass', ['pass', null])).toBe('infra');
    expect(weighedByCases('skipped', ['skipped', 'blocked'])).toBe('infra');
    expect(weighedByCases('pass', [null, 'fail'])).toBe('fail');
  });

  it('is the only claim that cases change', () => {
    expect(weighedByCases('hang', ['fail'])).toBe('hang');
    expect(weighedByCases('infra', ['fail'])).toBe('infra');
  });
});

describe('unique names', () => {
  it('count from the second on and never meet a name that is there', () => {
    const names = new UniqueNames();
    const taken = ['a', 'a #2', 'a', 'a', 'b'].map((name) => names.take(name));
    expect(taken).toEqual(['a', 'a #2', 'a #3', 'a #4', 'b']);
  });
});
