import { VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { annotationsOf, MAX_ANNOTATIONS, SourceTree } from '../../src/github/annotations.js';
import type {
  CheckResults,
  ConfirmedChange,
  FailedCase,
  MetricDifference,
} from '../../src/github/check-model.js';
import { cutToBytes, MAX_OUTPUT_BYTES } from '../../src/github/fit-text.js';
import { type HeadFacts, planChecks } from '../../src/github/plan-checks.js';

const RUNS = { seed: 20261130, numRuns: 25, endOnFailure: true } as const;
const HEAD: HeadFacts = {
  ...{ sha: 'a'.repeat(40), state: 'open', why: '', trouble: 'neutral' },
  ...{ expected: [], notes: [] },
  ...{ waitUntilMs: 0, link: 'https://farm.example', begun: [] },
};

/** Text as firmware may write it: long, of many bytes a character, with whatever means something to somebody. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength }),
    fc.constantFrom(
      '| a | b |',
      '```',
      '<script>',
      '\u001b[31m',
      '😀'.repeat(200),
      '@everyone',
      '\n\n# x',
    ),
    fc.nat(maxLength).map((n) => 'ä'.repeat(n)),
  );
const failure: fc.Arbitrary<FailedCase> = fc.record(
  {
    ...{ run: text(300), name: text(300), message: text(4_000) },
    verdict: fc.constantFrom('fail', 'crash', 'hang'),
    ...{ file: text(500), line: fc.nat(10_000_000) },
    boards: fc.array(text(40), { maxLength: 40 }),
    known: fc.boolean(),
  },
  { requiredKeys: ['run', 'name', 'verdict', 'message', 'boards', 'known'] },
);
/** A few kinds of failure, many times over. */
const failures = fc
  .tuple(fc.array(failure, { minLength: 1, maxLength: 20 }), fc.nat(1_500))
  .map(([some, n]) => Array.from({ length: n }, (_, i) => some[i % some.length] as FailedCase));
const metric: fc.Arbitrary<MetricDifference> = fc.record({
  ...{ run: text(200), caseName: text(200), name: text(120), isWorse: fc.boolean() },
  ...{
    unit: fc.constantFrom('ms', 'bytes'),
    direction: fc.constantFrom('lower', 'higher', 'none'),
  },
  ...{ was: fc.double(), is: fc.double(), percent: fc.double() },
});
const change: fc.Arbitrary<ConfirmedChange> = fc.record({
  ...{ target: text(60), imageName: text(200), caseName: text(200), metric: text(120) },
  ...{ unit: text(20), was: fc.double(), is: fc.double(), chance: fc.double({ min: 0, max: 1 }) },
  effect: fc.constantFrom('regression', 'improvement', 'change'),
  ...{ commit: fc.constant('c'.repeat(40)), after: fc.constant('d'.repeat(40)) },
});
const results: fc.Arbitrary<CheckResults> = fc
  .record({
    ...{ suite: text(200), target: fc.constantFrom('K64F', 'FVP_MPS2_M3') },
    submissionIds: fc.constant(['sub_1']),
    verdicts: fc.dictionary(fc.constantFrom(...VERDICTS), fc.nat(5_000)),
    ...{ total: fc.constant(10), finished: fc.constant(10), finishedMs: fc.nat() },
    failures,
    troubles: fc.array(fc.record({ run: text(200), why: text(4_000) }), { maxLength: 300 }),
    flaky: fc.array(text(200), { maxLength: 300 }),
    counted: fc.dictionary(fc.constantFrom(...VERDICTS), fc.nat(5_000)),
    gate: fc.constantFrom('required', 'informative'),
    excused: fc.array(
      fc.tuple(failure, text(400)).map(([one, why]) => ({ ...one, why })),
      { maxLength: 200 },
    ),
    overBudget: fc.array(failure, { maxLength: 50 }),
    missing: fc.array(
      fc.record({ run: text(200), name: text(300), how: fc.constantFrom('removed', 'skipped') }),
      { maxLength: 300 },
    ),
    missingFails: fc.boolean(),
    metrics: fc.array(metric, { maxLength: 400 }),
    changes: fc.array(change, { maxLength: 200 }),
    mended: fc.array(fc.record({ case: text(200), run: text(200), reason: text(300) }), {
      maxLength: 300,
    }),
  })
  .chain((found) => fc.constantFrom(found, { ...found, base: 'b'.repeat(40) }));

const bytes = (value: string) => Buffer.byteLength(value);

describe('what a check says', () => {
  it('fits, whatever was found', () => {
    const property = fc.property(fc.array(results, { maxLength: 4 }), (found) => {
      for (const check of planChecks(HEAD, found, 1)) {
        expect(bytes(check.summary)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
        expect(bytes(check.text)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
        expect(bytes(check.title)).toBeLessThanOrEqual(255);
        expect(bytes(check.name)).toBeLessThanOrEqual(200);
        expect(`${check.summary}${check.text}${check.name}`).not.toMatch(/\p{Surrogate}/u);
        expect(check.actions.length).toBeLessThanOrEqual(3);
        for (const { label, description, identifier } of check.actions)
          expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([
            true,
            true,
            true,
          ]);
      }
    });
    fc.assert(property, RUNS);
  });

  it('counts every failure, shown or not, and shows new ones before known ones', () => {
    const property = fc.property(results, (found) => {
      const [check] = planChecks(HEAD, [found], 1);
      const shown = (check?.text ?? '')
        .split('\n')
        .filter((line) => line.startsWith('| ') && !line.startsWith('| case')).length;
      const {
        failures: failed,
        overBudget,
        metrics,
        troubles,
        flaky,
        missing,
        excused,
        mended,
        changes,
      } = found;
      const left = [...(check?.text ?? '').matchAll(/… and (\d+) more: https/g)];
      const listed = shown + (check?.text.match(/^- /gm)?.length ?? 0);
      const parts = [
        failed,
        overBudget,
        metrics,
        troubles,
        flaky,
        missing,
        excused,
        mended,
        changes,
      ];
      const all = parts.reduce((sum, part) => sum + part.length, 0);
      const isCut = left.length > 0 || listed < all;
      if (!isCut) expect(listed).toBe(all);
      const fresh = found.failures.filter(({ known }) => !known).length;
      if (fresh > 0) {
        const [first = ''] = (check?.text ?? '').split('\n');
        expect(first).toMatch(new RegExp(`^### (New f|F)ailures: ${fresh}$`));
      }
    });
    fc.assert(property, RUNS);
  });

  it('leaves whole rows only: each has the cells of its table', () => {
    const property = fc.property(results, (found) => {
      const [check] = planChecks(HEAD, [found], 1);
      let cells = 0;
      for (const line of (check?.text ?? '').split('\n')) {
        if (line.startsWith('| case |')) cells = line.split('|').length;
        if (line.startsWith('|')) expect(line.split('|')).toHaveLength(cells);
      }
    });
    fc.assert(property, RUNS);
  });

  it('annotates within the limits, and only files of the commit', () => {
    const tree = new SourceTree(['src/main.c', 'lib/a/main.c']);
    const property = fc.property(failures, (found) => {
      const placed = found.map((each) => ({ ...each, file: '/build/src/main.c', line: 3 }));
      const made = annotationsOf(placed, tree);
      expect(made.length).toBe(Math.min(placed.length, MAX_ANNOTATIONS));
      for (const { path, title, message } of made) {
        expect(path).toBe('src/main.c');
        expect(title.length).toBeLessThanOrEqual(255);
        expect(bytes(message)).toBeLessThanOrEqual(65_536);
        expect(`${title}${message}`).not.toMatch(/\p{Surrogate}/u);
      }
    });
    fc.assert(property, { ...RUNS, numRuns: 10 });
  });
});

describe('a text that is cut', () => {
  it('is as long as it may be, in whole characters', () => {
    const property = fc.property(text(3_000), fc.integer({ min: 3, max: 2_000 }), (whole, max) => {
      const cut = cutToBytes(whole, max);
      expect(bytes(cut)).toBeLessThanOrEqual(max);
      if (bytes(whole) <= max) expect(cut).toBe(whole);
      else expect([cut.endsWith('…'), bytes(cut) > max - 4]).toEqual([true, true]);
    });
    fc.assert(property, RUNS);
  });
});

describe('a path of the firmware', () => {
  const tree = new SourceTree(['src/net/tcp.c', 'test/net/tcp.c', 'main.c', 'lib/crypto/main.c']);
  it.each([
    ['/builds/fw/src/net/tcp.c', 'src/net/tcp.c'],
    ['../src/net/tcp.c', 'src/net/tcp.c'],
    ['C:\\build\\test\\net\\tcp.c', 'test/net/tcp.c'],
    ['net/tcp.c', undefined],
    ['tcp.c', undefined],
    ['/build/main.c', 'main.c'],
    ['crypto/main.c', 'lib/crypto/main.c'],
    ['/other/vendor/tcp.c', undefined],
    ['nowhere.c', undefined],
    ['', undefined],
  ])('%s is %s', (named, path) => {
    expect(tree.find(named)).toBe(path);
  });
});
