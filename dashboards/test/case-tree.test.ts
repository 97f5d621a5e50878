import { describe, expect, it } from '@jest/globals';
import type { CaseView } from '@greenrack/farm-protocol';
import { caseGroups, nameInGroup } from '../src/model/case-tree.js';

const one = (name: string, durationUs: number | null): CaseView => ({
  ...{ ordinal: 0, name, verdict: 'pass', durationUs, failures: [] },
});

describe('the tree of cases', () => {
  it('puts cases that begin alike together, with the time of all', () => {
    const groups = caseGroups([
      one('keys: found again', 1000),
      one('alone: nobody else', 5),
      one('keys: longest fits', 500),
      one('without a group', null),
    ]);
    expect(groups.map(({ name, cases, durationUs }) => [name, cases.length, durationUs])).toEqual([
      ['keys', 2, 1500],
      ['', 2, 5],
    ]);
    const [keys, others] = groups;
    expect(keys?.cases.map((each) => nameInGroup(each, 'keys'))).toEqual([
      'found again',
      'longest fits',
    ]);
    expect(others?.cases.map((each) => nameInGroup(each, ''))).toEqual([
      ...['alone: nobody else', 'without a group'],
    ]);
  });

  it('has no time where nothing has ended', () => {
    expect(caseGroups([one('a: b', null), one('a: c', null)])[0]?.durationUs).toBeNull();
  });
});
