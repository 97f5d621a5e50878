import type { AttemptView, CaseView, RunView } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { type NightCases, nightCases } from '../../src/report/night-cases.js';
import { nightlyJunit } from '../../src/report/nightly-junit.js';
import { nightlyReport, withAges } from '../../src/report/nightly-report.js';
import { attemptView, caseView, parseXml, runView, submissionView } from './support.js';

type Night = readonly { readonly run: RunView; readonly attempts: readonly AttemptView[] }[];

let runs = 0;
/** A run on a board, with the verdicts of its cases. */
function ran(
  name: string,
  cases: Readonly<Record<string, CaseView['verdict']>>,
  { verdict = 'pass', board = 'b1', ...more }: Partial<RunView> & { board?: string } = {},
): Night[number] {
  const id = `run_${String(++runs).padStart(23, '0')}`;
  const views = Object.entries(cases).map(([each, is]) => caseView(each, { verdict: is }));
  const run = runView({ id, name, verdict, boardSerial: board, ...more });
  return { run, attempts: [attemptView({ verdict, cases: views, message: `it was ${verdict}` })] };
}
async function* rows(night: Night) {
  yield* night;
}
const read = (night: Night): Promise<NightCases> => nightCases(rows(night));

const TODAY = submissionView();
const YESTERDAY = submissionView({ id: `sub_${'0'.repeat(22)}0`, createdMs: 1_699_999_000_000 });

async function compared(before: Night | undefined, now: Night) {
  const then = before && (await read(before));
  const base = new Map(
    [...(then?.runs ?? [])].map(([key, run]) => [key, { submissionId: YESTERDAY.id, run }]),
  );
  const facts = {
    ...{ submission: TODAY, before: before ? YESTERDAY : null, schedule: null, base },
    ...{ changes: [], suspects: [], flakes: [], boards: [], skipped: [] },
  };
  const bare = nightlyReport({ ...facts, now: await read(now) });
  return await withAges(bare, async () => ({ testId: null, age: null }));
}
const names = ({ items }: { items: readonly { case: string | null }[] }) =>
  items.map((one) => one.case);

describe('the report of a night', () => {
  it('tells what fails anew from what failed before, and what is mended', async () => {
    const report = await compared(
      [ran('net', { a: 'pass', b: 'fail', c: 'fail' }, { verdict: 'fail' })],
      [ran('net', { a: 'fail', b: 'fail', c: 'pass' }, { verdict: 'fail' })],
    );
    expect(names(report.newFailures)).toEqual(['a']);
    expect(names(report.stillFailing)).toEqual(['b']);
    expect(names(report.fixed)).toEqual(['c']);
    expect(report.conclusion).toBe('bad');
  });

  it('names cases that are gone or skipped now, and a run that is gone once', async () => {
    const report = await compared(
      [ran('net', { a: 'pass', b: 'pass', c: 'pass' }), ran('fs', { x: 'pass', y: 'pass' })],
      [ran('net', { a: 'pass', b: 'skipped' })],
    );
    expect(report.missing.items).toMatchObject([
      { run: 'net', case: 'b', how: 'skipped', cases: 1 },
      { run: 'net', case: 'c', how: 'removed', submissionId: YESTERDAY.id },
      { run: 'fs', case: null, how: 'removed', cases: 2 },
    ]);
    expect(report.coverage.items).toEqual([
      { target: 'FVP_MPS2_M3', expectedRuns: 2, runs: 1, expectedCases: 5, cases: 2 },
    ]);
    expect(report.conclusion).toBe('bad');
  });

  it('calls nothing missing that a bench, a missing board or a crash kept from running', async () => {
    const before = [ran('net', { a: 'pass', b: 'pass' })];
    for (const verdict of ['infra', 'blocked', 'cancelled'] as const) {
      const report = await compared(before, [ran('net', {}, { verdict, message: 'no board' })]);
      expect(report.missing.total).toBe(0);
      expect(report.notRun.items).toMatchObject([{ run: 'net', verdict, why: 'no board' }]);
      expect(report.conclusion).toBe('unknown');
    }
    const crashed = await compared(before, [ran('net', { a: 'crash' }, { verdict: 'crash' })]);
    expect(crashed.missing.total).toBe(0);
    expect(names(crashed.newFailures)).toEqual(['a']);
  });

  it('takes the boards of a target together: one that crashed hides nothing that another tells', async () => {
    const both = (cases: Readonly<Record<string, CaseView['verdict']>>) => [
      ran('net', cases, { board: 'b1', verdict: 'fail' }),
      ran('net', { a: 'crash' }, { board: 'b2', verdict: 'crash' }),
    ];
    const report = await compared(
      [ran('net', { a: 'pass', b: 'pass' }), ran('net', { a: 'pass', b: 'pass' }, { board: 'b2' })],
      both({ a: 'fail' }),
    );
    expect(report.newFailures.items).toMatchObject([{ case: 'a', boards: ['b1', 'b2'] }]);
    expect(names(report.missing)).toEqual(['b']);
  });

  it('knows a run that fails as a whole, and when that is mended', async () => {
    const crashed = [ran('net', {}, { verdict: 'hang', message: 'silent' })];
    const before = [ran('net', { a: 'pass' })];
    const broken = await compared(before, crashed);
    expect(broken.newFailures.items).toMatchObject([{ case: null, verdict: 'hang' }]);
    expect(names((await compared(crashed, crashed)).stillFailing)).toEqual([null]);
    const mended = await compared(crashed, before);
    expect(names(mended.fixed)).toEqual([null]);
    expect(mended.conclusion).toBe('good');
  });

  it('has only new failures on the first night', async () => {
    const report = await compared(undefined, [ran('net', { a: 'fail' }, { verdict: 'fail' })]);
    expect(report.before).toBeNull();
    expect(names(report.newFailures)).toEqual(['a']);
  });

  it('is JUnit in which new failures and missing cases fail, and trouble of the farm does not', async () => {
    const report = await compared(
      [ran('net', { a: 'pass', b: 'fail', c: 'fail', d: 'pass' }, { verdict: 'fail' })],
      [
        ran('net', { a: 'fail', b: 'fail', c: 'pass' }, { verdict: 'fail' }),
        ran('fs', {}, { verdict: 'infra', message: 'no board' }),
      ],
    );
    const root = parseXml(nightlyJunit(report));
    expect(root.attributes).toMatchObject({ tests: '5', failures: '2', errors: '1' });
    const cases = root.children.flatMap((suite) => suite.children.slice(1));
    expect(
      cases.map(({ attributes, children }) => [attributes.name, children[0]?.name ?? 'passed']),
    ).toEqual([
      ['a', 'failure'],
      ['d', 'failure'],
      ['b', 'skipped'],
      ['c', 'passed'],
      ['fs', 'error'],
    ]);
    const quiet = await compared([ran('net', { a: 'pass' })], [ran('net', { a: 'pass' })]);
    expect(parseXml(nightlyJunit(quiet)).attributes).toMatchObject({ tests: '1', failures: '0' });
  });
});
