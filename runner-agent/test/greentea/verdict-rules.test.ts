import { describe, expect, it } from '@jest/globals';
import { CaseRecord } from '../../src/greentea/case-record.js';
import type { CaseTally } from '../../src/greentea/case-tracker.js';
import { judge, type RunFacts } from '../../src/greentea/verdict-rules.js';

const ended = (name: string, passed: number, failed: number): CaseRecord => {
  const one = new CaseRecord(name);
  one.begin(0);
  one.finish(passed, failed);
  return one;
};
const open = (name: string): CaseRecord => {
  const one = new CaseRecord(name);
  one.begin(0);
  return one;
};
const good = ended('good', 1, 0);
const bad = ended('bad', 0, 1);
const left = ended('left', 0, 0);
const stuck = open('stuck');
const never = new CaseRecord('never');

const NOTHING: CaseTally = {
  cases: [],
  running: undefined,
  lost: [],
  unstarted: [],
  missing: 0,
  summary: undefined,
  reason: undefined,
  hasRestarted: false,
};
const SUCCESS = {
  claim: { verdict: 'pass', message: '' },
  ends: ['success'],
} as const satisfies Partial<RunFacts>;
const DAMAGE = '"{{end;succ[INFO]"';

type Known = Omit<Partial<RunFacts>, 'tally'> & { tally?: Partial<CaseTally> };
const facts = ({ tally, ...known }: Known): RunFacts => ({
  firmwareDecides: true,
  ends: [],
  isOver: true,
  tally: { ...NOTHING, ...tally },
  ...known,
});
const verdicts = (known: Known): string[] =>
  [undefined, DAMAGE].map((damage) => judge(facts({ ...known, damage })).end.verdict);
const counted = (passed: number, failed = 0) => ({ passed, failed });

describe('the verdict of a run, on a sound and on a damaged console', () => {
  it.each<[string, Known, string, string]>([
    ['cases that passed', { ...SUCCESS, tally: { cases: [good] } }, 'pass', 'pass'],
    ['no case', SUCCESS, 'pass', 'pass'],
    ['only skipped cases', { ...SUCCESS, tally: { cases: [left] } }, 'skipped', 'skipped'],
    ['a failed case', { ...SUCCESS, tally: { cases: [good, bad] } }, 'fail', 'fail'],
    ['failures in the summary', { ...SUCCESS, tally: { summary: counted(1, 1) } }, 'fail', 'fail'],
    ['end;failure', { ends: ['failure'] }, 'fail', 'fail'],
    ['success and failure', { ...SUCCESS, ends: ['success', 'failure'] }, 'fail', 'fail'],
    [
      'a host test that says fail',
      { claim: { verdict: 'fail', message: 'drift' }, firmwareDecides: false },
      'fail',
      'infra',
    ],
    [
      'a host test that says nothing',
      { firmwareDecides: false, ends: ['success'] },
      'fail',
      'infra',
    ],
    ['no end', { tally: { cases: [good] } }, 'fail', 'infra'],
    ['no end, all counted', { tally: { cases: [good], summary: counted(1) } }, 'fail', 'pass'],
    [
      'a case that never ran',
      { ...SUCCESS, tally: { cases: [good, never], unstarted: [never] } },
      'fail',
      'infra',
    ],
    [
      'a case that never ran and was counted',
      { ...SUCCESS, tally: { cases: [good, never], unstarted: [never], summary: counted(2) } },
      'fail',
      'pass',
    ],
    [
      'fewer names than announced',
      { ...SUCCESS, tally: { cases: [good], missing: 4 } },
      'fail',
      'infra',
    ],
    [
      'fewer names than counted',
      { ...SUCCESS, tally: { cases: [good], missing: 4, summary: counted(5) } },
      'fail',
      'pass',
    ],
    [
      'a case without an end',
      { ...SUCCESS, tally: { cases: [stuck], running: stuck } },
      'fail',
      'infra',
    ],
    [
      'a case without an end that was counted',
      { ...SUCCESS, tally: { cases: [stuck, good], lost: [stuck], summary: counted(2) } },
      'fail',
      'pass',
    ],
    [
      'a summary that is too small',
      { ...SUCCESS, tally: { cases: [good, good], summary: counted(1) } },
      'fail',
      'infra',
    ],
    [
      'a summary since a restart',
      { ...SUCCESS, tally: { cases: [good, good], summary: counted(1), hasRestarted: true } },
      'pass',
      'pass',
    ],
    [
      'a host test that decides while a case runs',
      {
        claim: SUCCESS.claim,
        firmwareDecides: false,
        isOver: false,
        tally: { cases: [stuck], running: stuck },
      },
      'pass',
      'pass',
    ],
  ])('with %s', (_, known, sound, damaged) => {
    expect(verdicts(known)).toEqual([sound, damaged]);
  });

  it('names the evidence and what is missing', () => {
    const tally = { ...NOTHING, cases: [good, never], unstarted: [never] };
    const { end, open: leftover } = judge(facts({ ...SUCCESS, tally, damage: DAMAGE }));
    expect(end).toEqual({
      verdict: 'infra',
      reason: 'consoleLost',
      message: `messages were damaged on the console (${DAMAGE}), so this proves nothing: cases never ran: "never"`,
    });
    expect(leftover).toMatchObject({ running: 'infra', lost: 'infra', unstarted: 'blocked' });
  });

  it('says that it passed by the summary', () => {
    const tally = { ...NOTHING, cases: [good], summary: counted(1) };
    const { end } = judge(facts({ tally, damage: DAMAGE }));
    expect(end.reason).toBe('exitWithoutEnd');
    expect(end.message).toContain('the summary counts 1 passed cases and no failed one');
  });

  it('does not trust a summary against a failure that was printed', () => {
    const doubted = open('doubted');
    doubted.failed({ message: 'Expected 1 Was 2', line: 3 });
    const tally = { ...NOTHING, cases: [doubted], lost: [doubted], summary: counted(1) };
    expect(judge(facts({ ...SUCCESS, tally, damage: DAMAGE })).end.verdict).toBe('infra');
  });
});
