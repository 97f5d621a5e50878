import { createHmac } from 'node:crypto';
import type { Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { conclusionOf, worstConclusion } from '../../src/github/check-conclusion.js';
import { baseOf } from '../../src/github/compare-base.js';
import { foldRuns, resultsOf } from '../../src/github/fold-runs.js';
import { limitOf } from '../../src/github/github-errors.js';
import { plain } from '../../src/github/markdown.js';
import { commentText } from '../../src/github/pull-comment.js';
import { checkName, targetOf } from '../../src/github/plan-checks.js';
import type { RunFacts, SubmissionFacts } from '../../src/github/run-facts.js';
import { isSigned } from '../../src/github/webhook-signature.js';

describe('the conclusion of a check', () => {
  it.each<[Partial<Record<Verdict, number>>, 'neutral' | 'failure', string]>([
    [{ pass: 3, flaky: 1, xfail: 1, skipped: 1 }, 'neutral', 'success'],
    [{ pass: 3, fail: 1, infra: 1 }, 'neutral', 'failure'],
    [{ xpass: 1 }, 'neutral', 'failure'],
    [{ pass: 3, infra: 1 }, 'neutral', 'neutral'],
    [{ pass: 3, infra: 1 }, 'failure', 'failure'],
    [{ cancelled: 2, pass: 1 }, 'failure', 'cancelled'],
    [{ cancelled: 2, blocked: 1 }, 'failure', 'failure'],
    [{}, 'neutral', 'failure'],
  ])('of %j is, where trouble is %s, %s', (verdicts, trouble, conclusion) => {
    expect(conclusionOf(verdicts, trouble)).toBe(conclusion);
  });

  it('of a commit is the worst of its checks', () => {
    expect(worstConclusion(['success', 'neutral', 'cancelled'])).toBe('cancelled');
    expect(worstConclusion(['success', 'failure', 'action_required'])).toBe('action_required');
    expect(worstConclusion([])).toBe('failure');
  });
});

describe('runs of a commit', () => {
  const run = (name: string, verdict: Verdict | null, board = 'b1'): RunFacts => ({
    ...{
      name,
      imageName: `${name}.elf`,
      target: 'K64F',
      verdict,
      message: 'm',
      board,
      finishedMs: 1,
    },
    cases: verdict === 'fail' ? [{ name: 'case', verdict: 'fail', message: 'no' }] : [],
    ...{ known: [{ name: 'case', verdict: 'pass' }], metrics: [], endedEarly: false, unread: '' },
  });
  const submission = (id: string, name: string, runs: RunFacts[], rerunOf?: string) =>
    ({ submission: { id, name, ...(rerunOf && { rerunOf }) }, runs }) satisfies SubmissionFacts;

  it('of a suite that was submitted anew are the new ones', () => {
    const [suite] = foldRuns([
      submission('s1', 'smoke', [run('a', 'fail')]),
      submission('s2', 'smoke', [run('a', 'pass')]),
    ]);
    expect(suite).toMatchObject({ suite: 'smoke', submissionIds: ['s2'], cured: [] });
  });

  it('that were run again take the place of those that did not pass, and are known to have failed before', () => {
    const [suite] = foldRuns([
      submission('s1', 'smoke', [
        run('a', 'pass'),
        run('b', 'fail'),
        run('b', 'fail'),
        run('c', 'pass'),
      ]),
      submission('s2', 'smoke (rerun of sub_1)', [run('b', 'pass'), run('b', 'fail')], 's1'),
    ]);
    expect(suite?.runs.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['a', 'pass'],
      ['b', 'pass'],
      ['b', 'fail'],
      ['c', 'pass'],
    ]);
    expect(suite && resultsOf(suite, undefined)).toMatchObject({ flaky: ['b'], total: 4 });
  });

  it('that were run again stand for nothing where what they were a part of is gone', () => {
    const again = submission('s2', 'smoke (rerun of sub_1)', [run('b', 'pass')], 's1');
    expect(foldRuns([again])).toEqual([]);
  });

  it('make one failure of a case that fails on many boards, and tell the known ones', () => {
    const [suite] = foldRuns([
      submission('s1', 'smoke', [run('a', 'fail', 'b1'), run('a', 'fail', 'b2'), run('z', 'fail')]),
    ]);
    const base = baseOf('f', [run('a', 'fail')]);
    expect(suite && resultsOf(suite, base).failures).toMatchObject([
      { run: 'z', known: false, boards: ['b1'] },
      { run: 'a', known: true, boards: ['b1', 'b2'] },
    ]);
  });

  it('have a check whose name tells the target again', () => {
    expect(targetOf(checkName('smoke', 'K64F'), 'smoke')).toBe('K64F');
    expect(targetOf(checkName('smoke', 'K64F'), 'other')).toBeUndefined();
  });
});

describe('the comment on a pull request', () => {
  const facts = { sha: 'a'.repeat(40), link: '', isThere: true, isGreen: true };
  it('says that nothing fails any more only where the whole commit is green', () => {
    expect(commentText(facts, [])).toContain('nothing fails');
    expect(commentText({ ...facts, isGreen: false }, [])).toBeUndefined();
    expect(commentText({ ...facts, isThere: false }, [])).toBeUndefined();
  });
});

describe('the signature of a delivery', () => {
  const body = Buffer.from('{"a":1}');
  const signed = (secret: string) =>
    `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

  it('may be of either secret while one is exchanged', () => {
    expect(isSigned(body, signed('old'), ['new', 'old'])).toBe(true);
    expect(isSigned(body, signed('new'), ['new', 'old'])).toBe(true);
  });

  it.each([
    ['of another secret', signed('other')],
    ['missing', undefined],
    ['of another kind', signed('new').replace('sha256', 'sha1')],
    ['cut', signed('new').slice(0, -2)],
    ['in capitals', signed('new').toUpperCase()],
  ])('is refused when it is %s', (_what, header) => {
    expect(isSigned(body, header, ['new', 'old'])).toBe(false);
  });
});

describe('an answer of GitHub', () => {
  const failure = (status: number, headers: Record<string, string>) =>
    Object.assign(new Error('refused'), { status, response: { headers } });
  it.each([
    ['a secondary limit', failure(403, { 'retry-after': '7' }), 8_000],
    [
      'a primary limit',
      failure(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '31' }),
      31_000,
    ],
    [
      'a limit that is over',
      failure(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0' }),
      2_000,
    ],
    ['a limit without words', failure(429, {}), 61_000],
    ['a limit without end', failure(403, { 'retry-after': '99999999' }), 3_601_000],
    ['a permission that is missing', failure(403, {}), undefined],
    ['an error', failure(500, {}), undefined],
    ['no answer', new Error('socket hang up'), undefined],
  ])('that is %s', (_what, error, untilMs) => {
    expect(limitOf(error, 1_000)).toBe(untilMs);
  });
});

describe('text of a firmware', () => {
  it('means nothing in Markdown, and is one line', () => {
    expect(plain('a\nb | c')).toBe('a b &#124; c');
    expect(plain('[x](javascript:1) <b> @ada #1 `')).not.toMatch(/[[\]()<>@`]/);
    expect(plain('\u001b[31mred\u001b[0m')).toBe('red');
    expect(plain('x'.repeat(300))).toHaveLength(201);
  });
});
