import { type Policy, policySchema, type Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { checkConclusion } from '../../src/github/check-conclusion.js';
import type { ConfirmedChange, DesiredCheck } from '../../src/github/check-model.js';
import { baseOf } from '../../src/github/compare-base.js';
import { foldRuns, resultsOf } from '../../src/github/fold-runs.js';
import { termsOf } from '../../src/github/judge-suite.js';
import { commentText } from '../../src/github/pull-comment.js';
import { expectedBy, type HeadFacts, planChecks, troubleOf } from '../../src/github/plan-checks.js';
import { readPolicy } from '../../src/github/policy-rows.js';
import type { RunFacts } from '../../src/github/run-facts.js';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const HEAD: HeadFacts = {
  ...{ sha: 'a'.repeat(40), state: 'open', why: '', trouble: 'neutral' },
  ...{ expected: [], notes: [], waitUntilMs: NOW + 1_000, link: '', begun: [] },
};

function run(name: string, verdict: Verdict, more: Partial<RunFacts> = {}): RunFacts {
  const failed = { name: `${name} case`, verdict: 'fail', message: 'no' } as const;
  return {
    ...{ name, verdict, imageName: `${name}.elf`, target: 'K64F', message: 'm', board: 'b1' },
    ...{ finishedMs: 1, metrics: [], endedEarly: verdict === 'crash' },
    cases: verdict === 'fail' ? [failed] : [],
    known: [
      {
        name: `${name} case`,
        verdict: verdict === 'pass' || verdict === 'skipped' ? verdict : 'fail',
      },
    ],
    unread: '',
    ...more,
  };
}

const policyOf = (suite: object, more: object = {}): Policy =>
  policySchema.parse({
    ...{ version: 1, suites: [{ name: 'smoke', targets: ['K64F'], ...suite }] },
    ...more,
  });

function judged(policy: Policy | Policy[], runs: readonly RunFacts[], base?: readonly RunFacts[]) {
  const [suite] = foldRuns([{ submission: { id: 'sub_1', name: 'smoke' }, runs }]);
  if (!suite) throw new Error('no suite');
  const terms = termsOf([policy].flat(), { suite: 'smoke', target: 'K64F', nowMs: NOW }, []);
  return resultsOf(suite, base && baseOf('f'.repeat(40), base), terms);
}

describe('a suite', () => {
  const expected = (until: string) => ({
    expectedFailures: [{ case: 'a case', reason: 'errata 7', until }],
  });

  it('passes where all its failures are expected, and shows them', () => {
    const results = judged(policyOf(expected('2026-12-01')), [run('a', 'fail'), run('b', 'pass')]);
    expect(checkConclusion(results, 'neutral')).toBe('success');
    expect(results.excused).toMatchObject([{ name: 'a case', why: 'errata 7 (until 2026-12-01)' }]);
    expect(results.failures).toEqual([]);
  });

  it('fails once the day is over, and where another failure is beside the expected one', () => {
    const [late, both] = [
      judged(policyOf(expected('2026-11-01')), [run('a', 'fail')]),
      judged(policyOf(expected('2026-12-01')), [run('a', 'fail'), run('b', 'fail')]),
    ];
    expect([late, both].map((each) => checkConclusion(each, 'neutral'))).toEqual([
      'failure',
      'failure',
    ]);
    expect(both.failures.map(({ name }) => name)).toEqual(['b case']);
  });

  it.each(['crash', 'hang'] as const)(
    'fails by a %s outside of its expected failures',
    (verdict) => {
      const cases = [{ name: 'a case', verdict: 'fail', message: 'no' }] as const;
      const results = judged(policyOf(expected('2026-12-01')), [run('a', verdict, { cases })]);
      expect(checkConclusion(results, 'neutral')).toBe('failure');
      expect(results.failures).toMatchObject([{ name: 'a', verdict }]);
      const inIt = [{ name: 'a case', verdict, message: 'no' }] as const;
      const excused = judged(policyOf(expected('2026-12-01')), [
        run('a', verdict, { cases: inIt }),
      ]);
      expect(checkConclusion(excused, 'neutral')).toBe('success');
    },
  );

  it.each(['crash', 'hang', 'fail'] as const)(
    'fails by a %s for another reason than its expected failure, though that is as bad or worse',
    (verdict) => {
      const worse = { name: 'a case', verdict: verdict === 'hang' ? 'crash' : 'fail' } as const;
      const unread = '2 cases have no result: c, d';
      const cut = run('a', verdict, { cases: [{ ...worse, message: 'no' }], unread });
      const results = judged(policyOf(expected('2026-12-01')), [cut]);
      expect(checkConclusion(results, 'neutral')).toBe('failure');
      expect(results.failures.length).toBeGreaterThan(0);
      expect(results.failures).toContainEqual(expect.objectContaining({ name: 'a', verdict }));
      expect(results.excused).toMatchObject([{ name: 'a case' }]);
    },
  );

  it('is trouble where a bench fails beside its expected failure', () => {
    const runs = [run('a', 'fail'), run('b', 'infra')];
    expect(checkConclusion(judged(policyOf(expected('2026-12-01')), runs), 'neutral')).toBe(
      'neutral',
    );
  });

  it('tells what was expected to fail and passes, on all boards, and from where to take it', () => {
    const policy = policyOf(expected('2026-12-01'));
    const ofOthers = {
      ...policy,
      suites: policy.suites.map((one) => ({
        ...one,
        expectedFailures: [
          ...one.expectedFailures,
          { case: 'z*', reason: 'not here' },
          { case: 'b case', reason: 'late', until: '2026-11-01' },
        ],
      })),
    };
    const passes = [run('a', 'pass'), run('b', 'pass')];
    expect(judged(ofOthers, passes).mended).toMatchObject([{ case: 'a case', reason: 'errata 7' }]);
    expect(judged(ofOthers, [...passes, run('a', 'fail', { board: 'b2' })]).mended).toEqual([]);
    const [check] = planChecks(HEAD, [judged(ofOthers, passes)], NOW);
    expect(check?.conclusion).toBe('success');
    expect(check?.text).toContain(
      'was expected to fail and passes: remove it from `.greenrack.yml`',
    );
  });

  it('is judged by all branches that its commit is to go into, as the strictest says', () => {
    const strict = policyOf({ budgets: [{ metric: 'x', max: 1 }] }, { missingCases: 'fail' });
    const lax = policyOf({ gate: 'informative', ...expected('2026-12-01') });
    const silent = policyOf({ name: 'other' }, { otherSuites: 'informative' });
    for (const policies of [
      [strict, lax],
      [lax, strict],
      [silent, strict, lax],
    ]) {
      const results = judged(policies, [run('a', 'fail')]);
      expect(results).toMatchObject({ gate: 'required', missingFails: true, excused: [] });
      expect(checkConclusion(results, 'neutral')).toBe('failure');
    }
    const sooner = policyOf({ gate: 'informative', ...expected('2026-11-30') });
    expect(judged([lax, sooner], [run('a', 'fail')])).toMatchObject({
      gate: 'informative',
      excused: [{ why: 'errata 7 (until 2026-11-30)' }],
    });
    expect(judged([silent, lax], [run('a', 'fail')]).gate).toBe('informative');
  });

  it('tells what is confirmed to have changed with its commit, and how sure that is', () => {
    const change: Omit<ConfirmedChange, 'chance'> = {
      ...{
        target: 'K64F',
        imageName: 'a.elf',
        caseName: 'a case',
        metric: 'cycles',
        unit: 'cycles',
      },
      ...{ effect: 'regression', was: 1_000, is: 1_020, commit: 'c'.repeat(40) },
    };
    const results = {
      ...judged(policyOf({}), [run('a', 'pass')]),
      changes: [
        { ...change, chance: 0.0001 },
        { ...change, metric: 'bytes', chance: 0, after: 'd'.repeat(40) },
      ],
    };
    const lines = planChecks(HEAD, [results], NOW)[0]?.text.split('\n');
    expect(lines?.[0]).toBe('### Confirmed changes: 2');
    expect(lines?.slice(4)).toEqual([
      '| a.elf · a case | cycles | 1000 cycles | 1020 cycles | regression +2 % | p = 0.00010 | cccccccccc |',
      '| a.elf · a case | bytes | 1000 cycles | 1020 cycles | regression +2 % | exact | after dddddddddd, by cccccccccc |',
    ]);
    const facts = { sha: 'c'.repeat(40), link: '', isThere: false, isGreen: true };
    expect(commentText(facts, [results])).toContain('2 confirmed regressions with cccccccccc');
    const better = results.changes.map((one) => ({ ...one, effect: 'improvement' as const }));
    expect(commentText(facts, [{ ...results, changes: better }])).toBeUndefined();
  });

  it('that is informative never fails its commit', () => {
    const results = judged(policyOf({ gate: 'informative' }), [run('a', 'fail')]);
    expect(checkConclusion(results, 'failure')).toBe('neutral');
    const summary = planChecks(HEAD, [results], NOW).at(-1);
    expect(summary).toMatchObject({ conclusion: 'success' });
  });

  it('fails where a metric leaves its budget', () => {
    const metrics = [
      { name: 'boot_time', value: 12, unit: 'ms', direction: 'lower' },
      { name: 'heap', value: 5, unit: 'bytes', direction: 'lower' },
    ] as const;
    const policy = policyOf({ budgets: [{ metric: 'boot_*', max: 10 }] });
    const results = judged(policy, [run('a', 'pass', { metrics: [...metrics] })]);
    expect(checkConclusion(results, 'neutral')).toBe('failure');
    expect(results.overBudget.map(({ message }) => message)).toEqual([
      'boot_time is 12 ms, and must be at most 10',
    ]);
  });

  it('says which cases of the base are gone or skipped, and fails by them where the policy says so', () => {
    const base = [run('a', 'pass'), run('b', 'pass'), run('c', 'pass')];
    const now = [
      run('a', 'pass', { known: [] }),
      run('b', 'skipped'),
      run('c', 'crash', { known: [] }),
    ];
    const { missing } = judged(policyOf({}), now, base);
    expect(missing).toEqual([
      { run: 'a', name: 'a case', how: 'removed' },
      { run: 'b', name: 'b case', how: 'skipped' },
    ]);
    const whole = now.slice(0, 2);
    const conclusions = ['report', 'fail'].map((missingCases) =>
      checkConclusion(judged(policyOf({}, { missingCases }), whole, base.slice(0, 2)), 'neutral'),
    );
    expect(conclusions).toEqual(['success', 'failure']);
  });

  it('says that cases are gone with their run', () => {
    const base = [run('a', 'pass'), run('b', 'pass')];
    const results = judged(policyOf({}, { missingCases: 'fail' }), [run('a', 'pass')], base);
    expect(results.missing).toEqual([{ run: 'b', name: 'b case', how: 'removed' }]);
    expect(checkConclusion(results, 'neutral')).toBe('failure');
  });

  it('shows what its metrics were and are, the worst first', () => {
    const measured = (cycles: number, heap: number) =>
      run('a', 'pass', {
        metrics: [
          { name: 'cycles', value: cycles, unit: 'cycles', direction: 'lower' },
          { name: 'throughput', value: heap, unit: 'per_second', direction: 'higher' },
        ],
      });
    const { metrics } = judged(policyOf({}), [measured(110, 300)], [measured(100, 200)]);
    expect(metrics).toMatchObject([
      { name: 'cycles', was: 100, is: 110, percent: 10, isWorse: true },
      { name: 'throughput', was: 200, is: 300, percent: 50, isWorse: false },
    ]);
  });
});

describe('the checks that a policy asks for', () => {
  const smoke = { suite: 'smoke', target: 'K64F', gate: 'required', needed: true } as const;
  const shown = (checks: readonly DesiredCheck[]) =>
    checks.map(({ name, status, conclusion }) => [name, conclusion ?? status]);
  const done = () => judged(policyOf({}), [run('a', 'pass')]);

  it('are there before anything has come, and say so when it does not come', () => {
    const head = { ...HEAD, expected: [smoke] };
    const name = 'greenrack: smoke (K64F)';
    expect(shown(planChecks(head, [], NOW))).toEqual([
      [name, 'queued'],
      ['greenrack', 'queued'],
    ]);
    expect(shown(planChecks(head, [], NOW + 1_000))).toEqual([
      [name, 'failure'],
      ['greenrack', 'failure'],
    ]);
  });

  it('are those of all branches that it is to go into', () => {
    const one = { policy: policyOf({ gate: 'informative' }), needed: [] };
    const other = { policy: policyOf({ targets: ['K64F', 'K22F'] }), needed: ['smoke'] };
    const both = [smoke, { ...smoke, target: 'K22F' }];
    expect(expectedBy([one, other])).toEqual(both);
    expect(expectedBy([other, one])).toEqual(both);
    const never = policyOf({}, { withoutResult: { pullRequest: 'failure' } });
    expect(troubleOf([one.policy, never], false)).toBe('failure');
  });

  it('are skipped where the change touches nothing that they test', () => {
    const head = { ...HEAD, expected: [{ ...smoke, needed: false }] };
    expect(shown(planChecks(head, [], NOW))).toEqual([
      ['greenrack: smoke (K64F)', 'skipped'],
      ['greenrack', 'success'],
    ]);
  });

  it('hold the whole up until all have come, and fail it when one never does', () => {
    const net = { ...smoke, suite: 'net' };
    const head = { ...HEAD, expected: [smoke, net] };
    expect(shown(planChecks(head, [done()], NOW))).toEqual([
      ['greenrack: smoke (K64F)', 'success'],
      ['greenrack: net (K64F)', 'queued'],
      ['greenrack', 'in_progress'],
    ]);
    expect(shown(planChecks(head, [done()], NOW + 1_000)).at(-1)).toEqual(['greenrack', 'failure']);
    const informative = { ...head, expected: [smoke, { ...net, gate: 'informative' as const }] };
    expect(shown(planChecks(informative, [done()], NOW)).at(-1)).toEqual(['greenrack', 'success']);
  });

  it('fail where the change breaks the policy, and say the line', () => {
    const { fault = '' } = readPolicy('version: 1\nsuites:\n  - name: smoke\n    targets: K64F\n');
    expect(fault).toBe('.greenrack.yml: suites[0].targets: expected a list, got text (line 4)');
    const summary = planChecks({ ...HEAD, broken: fault }, [done()], NOW).at(-1);
    expect(summary).toMatchObject({ conclusion: 'failure', title: 'The policy file is broken' });
    expect(summary?.summary).toContain('line 4');
  });

  it.each([
    ['version: 2', /version/],
    ['version: 1\nversion: 1', /version/],
    ['version: 1\nsuites: &a [*a]', /alias|anchor|\*a/i],
    ['version: 1\nsuits: []', /suits/],
    [`version: 1\nx: ${'['.repeat(40_000)}`, /nested|depth|levels/],
    ['version: 1\nsuites: [{name: a, targets: [K64F], paths: ["/etc/**"]}]', /paths\[0\].*line 2/],
  ])('are none of a file that says %j', (text, why) => {
    expect(readPolicy(text.slice(0, 32_000)).fault).toMatch(why);
  });
});
