import { describe, expect, it } from '@jest/globals';
import type { CaseVerdict } from '@greenrack/farm-protocol';
import { compareCaseVerdicts } from '../src/case-severity.js';

describe('compareCaseVerdicts', () => {
  it('ranks a crash over a failure, a failure over trouble around the code, and that over a pass', () => {
    const verdicts: CaseVerdict[] = ['pass', 'crash', 'skipped', 'infra', 'fail'];
    const ranked = verdicts.sort((a, b) => compareCaseVerdicts(b, a));
    expect(ranked).toEqual(['crash', 'fail', 'infra', 'pass', 'skipped']);
  });
});
