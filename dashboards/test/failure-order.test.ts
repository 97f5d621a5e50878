import { failureGroups } from '@greenrack/farm-model';
import { describe, expect, it } from '@jest/globals';
import { newFirst } from '../src/model/failure-order.js';
import { lineHash, lineOf } from '../src/model/line-link.js';
import { mayChange } from '../src/model/roles.js';
import { makeRun } from './support/fixture-views.js';

const failed = (ordinal: number, message: string) =>
  makeRun(ordinal, { state: 'finished', verdict: 'fail', message });

describe('ways of going wrong', () => {
  it('stand in the order of their runs, those that are new before all others', () => {
    const groups = failureGroups([
      failed(0, 'old and often'),
      failed(1, 'old and often'),
      failed(2, 'old'),
      failed(3, 'new'),
    ]);
    const orderOf = (fresh: readonly string[]) =>
      newFirst(groups, new Set(fresh)).map(({ message }) => message);
    expect(orderOf([])).toEqual(['old and often', 'old', 'new']);
    expect(orderOf(['fail new'])).toEqual(['new', 'old and often', 'old']);
  });
});

describe('an address', () => {
  it('names a line of the console, or none', () => {
    expect(lineOf(lineHash(123))).toBe(123);
    for (const hash of ['', '#L', '#L0', '#L-1', '#L1x', '#token=L1', '#L99999999999'])
      expect(lineOf(hash)).toBe(0);
  });
});

describe('whoever may stop a submission', () => {
  it('is a submitter of its tenant or an operator of any', () => {
    expect(mayChange({ role: 'submitter', tenant: 'a' }, 'a')).toBe(true);
    expect(mayChange({ role: 'submitter', tenant: 'a' }, 'b')).toBe(false);
    expect(mayChange({ role: 'operator', tenant: 'a' }, 'b')).toBe(true);
    expect(mayChange({ role: 'viewer', tenant: 'a' }, 'a')).toBe(false);
  });
});
