import { CASE_VERDICTS, type CaseVerdict, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { meaningOf } from '../src/verdict-meaning.js';
import {
  compareCaseVerdicts,
  compareVerdicts,
  VERDICTS_BY_SEVERITY,
  worstVerdict,
} from '../src/verdict-severity.js';

describe('severity', () => {
  it('ranks every verdict once', () => {
    expect([...VERDICTS_BY_SEVERITY].sort()).toEqual([...VERDICTS].sort());
  });

  it('ranks a crash over a failure, a failure over trouble around the code, and that over a pass', () => {
    const verdicts: CaseVerdict[] = ['pass', 'crash', 'skipped', 'infra', 'fail'];
    const ranked = verdicts.sort((a, b) => compareCaseVerdicts(b, a));
    expect(ranked).toEqual(['crash', 'fail', 'infra', 'pass', 'skipped']);
  });

  it('ranks cases as it ranks runs', () => {
    for (const a of CASE_VERDICTS)
      for (const b of CASE_VERDICTS)
        expect(Math.sign(compareCaseVerdicts(a, b))).toBe(Math.sign(compareVerdicts(a, b)));
  });

  it('never ranks a verdict over one whose meaning is worse', () => {
    const order = ['bad', 'unknown', 'good'];
    const meanings = VERDICTS_BY_SEVERITY.map((verdict) => order.indexOf(meaningOf(verdict)));
    expect(meanings).toEqual(meanings.toSorted());
  });
});

describe('worstVerdict', () => {
  it('is the worst, wherever it stands', () => {
    expect(worstVerdict(['pass', 'infra', 'flaky'])).toBe('infra');
    expect(worstVerdict(['crash', 'pass'])).toBe('crash');
  });

  it('is a pass beside what was skipped or expected to fail', () => {
    expect(worstVerdict(['skipped', 'pass', 'xfail'])).toBe('pass');
    expect(worstVerdict(['skipped', 'skipped'])).toBe('skipped');
  });

  it('is nothing without verdicts', () => {
    expect(worstVerdict([])).toBeUndefined();
  });
});
