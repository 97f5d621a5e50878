import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { cleanDetail, cleanLine, cleanText } from '../../src/report/clean-text.js';
import { CtrfReport } from '../../src/report/ctrf-reporter.js';
import { JunitReport } from '../../src/report/junit-reporter.js';
import { reportRun } from '../../src/report/report-run.js';
import { TapReport } from '../../src/report/tap-reporter.js';
import { readTap } from './read-tap.js';
import { attemptView, caseView, parseXml, runView, submissionView, written } from './support.js';
import { xunitProblems } from './xunit-schema.js';

const golden = (name: string) => readFile(new URL(`./golden/${name}`, import.meta.url), 'utf8');

const failing = () => {
  const failures = [{ message: 'Expected 1 Was 2', file: 'src/main.c', line: 42 }];
  const cases = [
    caseView('adds', { durationUs: 1500 }),
    caseView('subtracts', { verdict: 'fail', failures, durationUs: 2_000_000 }),
    caseView('divides', { verdict: 'skipped', durationUs: null }),
  ];
  const run = runView({ verdict: 'fail', name: 'math' });
  return reportRun(run, [attemptView({ verdict: 'fail', cases })]);
};
const crashed = () => {
  const crash = { message: 'hard fault', lines: ['++ MbedOS Fault Handler ++', 'PC : 00000A12'] };
  const id = 'run_00000000000000000000002';
  const run = runView({ id, ordinal: 1, name: 'boots', verdict: 'crash', message: 'hard fault' });
  return reportRun(run, [attemptView({ verdict: 'crash', crash })]);
};
const lost = () => {
  const id = 'run_00000000000000000000003';
  const more = { startedMs: null, finishedMs: 1_700_000_004_000, boardSerial: null, attempts: 0 };
  const why = { verdict: 'infra', reason: 'noBoard', message: 'no board came free' } as const;
  return reportRun(runView({ id, ordinal: 2, name: 'waits', ...why, ...more }), []);
};

describe('JUnit', () => {
  it('reads as CI servers expect', async () => {
    expect(written(new JunitReport(submissionView()), failing(), crashed(), lost())).toBe(
      await golden('report.junit.xml'),
    );
  });

  it('is let pass by the xUnit plugin of Jenkins, with totals on its root', () => {
    const xml = parseXml(written(new JunitReport(submissionView()), failing(), crashed(), lost()));
    expect(xunitProblems(xml)).toEqual([]);
    expect(xml.attributes).toEqual({
      ...{ name: 'nightly', tests: '5', failures: '2', errors: '1', time: '5' },
    });
  });

  it('tells repeats and targets apart', () => {
    const on = (target: string) =>
      reportRun(runView({ name: 'boots', requirement: { target, fixtures: [], tags: [] } }), [
        attemptView({ cases: [caseView('a')] }),
      ]);
    const runs = [on('K64F'), on('K64F'), on('NUCLEO'), on('K64F')];
    const suites = parseXml(written(new JunitReport(submissionView()), ...runs)).children;
    expect(suites.map(({ attributes }) => attributes.name)).toEqual([
      ...['boots', 'boots #2', 'boots (NUCLEO)', 'boots #3'],
    ]);
    const classes = suites.map(({ children }) => children.at(-1)?.attributes.classname);
    expect(classes).toEqual(['K64F.boots', 'K64F.boots #2', 'NUCLEO.boots', 'K64F.boots #3']);
    const { tests } = JSON.parse(written(new CtrfReport(submissionView()), ...runs)).results;
    expect(new Set(tests.map(({ suite }: { suite: string[] }) => suite.join('.'))).size).toBe(4);
    const titles = written(new TapReport(), ...runs).match(/^ok \d+ - .*$/gm);
    expect(new Set(titles?.map((title) => title.replace(/^ok \d+/, ''))).size).toBe(4);
  });

  it('tells toolchains apart, and says which commit was tested', () => {
    const by = (toolchain: string) =>
      reportRun(runView({ name: 'boots', build: { toolchain } }), [
        attemptView({ cases: [caseView('a')] }),
      ]);
    const runs = [by('GCC_ARM'), by('ARMC6')];
    const sha = 'b'.repeat(40);
    const origin = { sha, ref: 'refs/heads/main', repository: 'github.com/mbed-ce/mbed-os' };
    const view = submissionView({ origin });
    const xml = parseXml(written(new JunitReport(view), ...runs));
    expect(xunitProblems(xml)).toEqual([]);
    const suites = xml.children;
    expect(suites.map(({ children }) => children.at(-1)?.attributes.classname)).toEqual([
      ...['FVP_MPS2_M3-GCC_ARM.boots', 'FVP_MPS2_M3-ARMC6.boots'],
    ]);
    const [facts] = suites[0]?.children ?? [];
    const named = facts?.children.map(({ attributes }) => [attributes.name, attributes.value]);
    expect(Object.fromEntries(named ?? [])).toMatchObject({
      ...{ toolchain: 'GCC_ARM', commit: sha, ref: 'main', repository: origin.repository },
    });
    const { environment, tests } = JSON.parse(written(new CtrfReport(view), ...runs)).results;
    expect(environment).toEqual({
      ...{ repositoryName: origin.repository, branchName: 'main', commit: sha },
    });
    expect(tests.map(({ suite }: { suite: string[] }) => suite[0])).toEqual([
      ...['FVP_MPS2_M3-GCC_ARM', 'FVP_MPS2_M3-ARMC6'],
    ]);
  });

  it('writes times without the noise of binary fractions', () => {
    const cases = [caseView('a', { durationUs: 1 }), caseView('b', { durationUs: 1_100_001 })];
    const times = runView({ startedMs: 1_700_000_000_100, finishedMs: 1_700_000_000_400 });
    const xml = written(
      new JunitReport(submissionView()),
      reportRun(times, [attemptView({ cases })]),
    );
    expect(xml.match(/time="[^"]*"/g)).toEqual([
      ...['time="0.3"', 'time="0.3"', 'time="0.000001"', 'time="1.100001"'],
    ]);
  });

  it('is well-formed without runs', () => {
    expect(parseXml(written(new JunitReport(submissionView()))).children).toEqual([]);
  });
});

describe('CTRF', () => {
  it('counts what it lists', () => {
    const text = written(new CtrfReport(submissionView()), failing(), crashed(), lost());
    const { reportFormat, specVersion, results } = JSON.parse(text);
    expect([reportFormat, specVersion, results.tool.name]).toEqual(['CTRF', '0.0.0', 'greenrack']);
    expect(results.summary).toEqual({
      ...{ tests: 5, passed: 1, failed: 2, skipped: 1, pending: 0, other: 1, flaky: 0, suites: 3 },
      ...{ start: 1_700_000_000_000, stop: 1_700_000_009_000 },
    });
    expect(results.tests[1]).toEqual({
      ...{ name: 'subtracts', status: 'failed', rawStatus: 'fail', duration: 2000 },
      ...{ suite: ['FVP_MPS2_M3', 'math'], message: 'src/main.c:42: Expected 1 Was 2' },
      ...{ trace: 'src/main.c:42: Expected 1 Was 2', filePath: 'src/main.c', line: 42 },
      ...{ retries: 0, device: 'virt-m3-01' },
      extra: { runId: 'run_00000000000000000000001', runVerdict: 'fail' },
    });
    expect(results.tests[4]).toMatchObject({ status: 'other', rawStatus: 'infra' });
  });

  it('marks flaky and pending tests', () => {
    const flaky = reportRun(runView({ verdict: 'flaky', attempts: 2 }), [
      attemptView({ verdict: 'fail' }),
      attemptView({ number: 2, cases: [caseView('a')] }),
    ]);
    const open = reportRun(runView({ state: 'queued', verdict: null, finishedMs: null }), []);
    const text = written(new CtrfReport(submissionView({ finishedMs: null })), flaky, open);
    const { tests, summary } = JSON.parse(text).results;
    expect(tests[0]).toMatchObject({ status: 'passed', flaky: true, retries: 1 });
    expect(tests[1]).toMatchObject({ status: 'pending', rawStatus: 'unfinished' });
    expect(summary).toMatchObject({ flaky: 1, pending: 1 });
  });
});

describe('TAP', () => {
  it('is read by the rules of TAP 14: what failed as foretold is to do, and no failure', () => {
    const known = reportRun(runView({ name: 'known', verdict: 'xfail', message: 'bug 12 # old' }), [
      attemptView({ cases: [caseView('a', { verdict: 'fail' }), caseView('b')] }),
    ]);
    const skipped = reportRun(runView({ name: 'later', verdict: 'skipped' }), [
      attemptView({
        cases: [caseView('c', { verdict: 'skipped', failures: [{ message: 'no RTC' }] })],
      }),
    ]);
    const text = written(new TapReport(), known, skipped);
    expect(text).toMatch(/^ {4}not ok 1 - a # TODO expected to fail: /m);
    expect(text).toMatch(/^not ok 1 - known \(FVP_MPS2_M3\) # TODO expected to fail: bug 12 /m);
    expect(text).toMatch(/^ {4}ok 1 - c # SKIP no RTC$/m);
    expect(readTap(text)).toMatchObject({ ok: true, count: 2, fail: 1, todo: 1, skip: 1 });
    const red = readTap(written(new TapReport(), failing(), known));
    expect(red).toMatchObject({ ok: false, count: 2, fail: 2, todo: 1 });
  });

  it('reads as TAP 14', async () => {
    expect(written(new TapReport(), failing(), crashed(), lost())).toBe(await golden('report.tap'));
  });
});

const HOSTILE = [
  ']]>',
  'twice ]]> and ]]>',
  '<script>alert(1)</script>',
  '"quoted" & \'both\'',
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007 bell\u0007',
  'nul\u0000 vt\u000b del\u007f c1\u0085 bom\ufeff bad\ufffe half\ud800',
  'line\r\nbreak\ttab',
  'line\u2028separator\u2029paragraph',
  '# TODO not really \\ # SKIP',
  '...\n---\nok 99 - forged',
  '&amp; &#0; &bogus;',
  '💥'.repeat(3),
];

const hostileRun = (text: string) => {
  const failures = [{ message: text, file: text, line: 1 }];
  const cases = [caseView(text, { verdict: 'fail', failures })];
  const crash = { message: text, lines: [text, text] };
  const run = runView({ name: text, verdict: 'fail', message: text, boardSerial: 'b' });
  return reportRun(run, [attemptView({ verdict: 'fail', message: text, cases, crash })]);
};

function checkAll(text: string): void {
  const run = hostileRun(text);
  const xml = parseXml(written(new JunitReport(submissionView({ name: text })), run));
  expect(xunitProblems(xml)).toEqual([]);
  const suite = xml.children[0];
  expect(suite?.attributes.name).toBe(run.name);
  const node = suite?.children.find((child) => child.name === 'testcase');
  expect(node?.attributes.name).toBe([...run.cases][0]?.name);
  expect(node?.children.map((child) => child.name)).toEqual(['failure']);
  const ctrf = JSON.parse(written(new CtrfReport(submissionView({ name: text })), run));
  expect(ctrf.results.tests[0].message ?? '').toBe([...run.cases][0]?.message);
  const tap = written(new TapReport(), run);
  expect(tap.match(/^ *(not )?ok /gm)).toHaveLength(2);
  expect(tap.match(/^ *not ok /gm)).toHaveLength(2);
  expect(tap).not.toMatch(/^ *(not )?ok .* # (TODO|SKIP)/m);
  expect(tap.split(/[\r\u000b\u000c\u0085\u2028\u2029]/)).toHaveLength(1);
}

describe('every format', () => {
  it.each(HOSTILE)('survives %j in every text', (text) => checkAll(text));

  it('survives any text', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
    fc.assert(fc.property(text, checkAll), { numRuns: 150 });
  });

  it('keeps the YAML of TAP readable', () => {
    for (const text of HOSTILE) {
      const tap = written(new TapReport(), hostileRun(text));
      const block = /^ {6}---\n([\s\S]*?)^ {6}\.\.\.$/m.exec(tap)?.[1] ?? '';
      expect(parseYaml(block)).toMatchObject({
        verdict: 'fail',
        message: cleanText(`${text}:1: ${text}`),
      });
    }
  });
});

describe('texts of the firmware', () => {
  it('lose colours and control characters, keep lines', () => {
    expect(cleanText('\u001b[1;31mfail\u001b[0m\r\n\tat \u0000x')).toBe('fail\n\tat \ufffdx');
    expect(cleanLine(' a\n\n b ')).toBe('a  b');
    expect(cleanLine('\n')).toBe('(no name)');
  });

  it('are cut where evidence turns into bulk', () => {
    const cut = cleanDetail('x'.repeat(100_000));
    expect(cut.length).toBeLessThan(66_000);
    expect(cut).toContain('[cut: the console log has the rest]');
  });
});
