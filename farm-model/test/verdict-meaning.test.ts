import { VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { isAgainstCode, meaningOf, meaningOfAll } from '../src/verdict-meaning.js';
import { worstVerdict } from '../src/verdict-severity.js';

describe('meaningOfAll', () => {
  it('lets a failure outweigh trouble of the farm', () => {
    expect(meaningOfAll(['infra', 'pass', 'fail'])).toBe('bad');
  });

  it('calls nothing a pass that has no verdict', () => {
    expect(meaningOfAll([])).toBe('unknown');
    expect(meaningOfAll(['pass', null])).toBe('unknown');
    expect(meaningOf(null)).toBe('unknown');
  });

  it('is in order with passes, known failures, skips and flakes only', () => {
    expect(meaningOfAll(['pass', 'xfail', 'skipped', 'flaky'])).toBe('good');
  });

  it('is what the worst verdict means', () => {
    for (const a of VERDICTS)
      for (const b of VERDICTS)
        expect(meaningOfAll([a, b])).toBe(meaningOf(worstVerdict([a, b]) ?? null));
  });
});

describe('isAgainstCode', () => {
  it('is true of what the code did wrong, not of a list that is out of date', () => {
    expect(VERDICTS.filter(isAgainstCode)).toEqual(['fail', 'crash', 'hang']);
  });
});
