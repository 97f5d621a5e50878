import { execFileSync } from 'node:child_process';
import type { Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { JunitReport } from '../../src/report/junit-reporter.js';
import { type ReportRun, reportRun } from '../../src/report/report-run.js';
import { TapReport } from '../../src/report/tap-reporter.js';
import { attemptView, caseView, runView, submissionView, written } from './support.js';

/** Text that has broken readers: markup, line ends of Unicode, directives of TAP, characters that XML forbids. */
const HOSTILE = 'a<b>&"\' ]]>\u2028# TODO \u0000\u001b[31m {not} 1..3\nok 9 - no';

function run(verdict: Verdict, ordinal: number): ReportRun {
  const cases = [
    caseView('adds'),
    caseView(HOSTILE, { ordinal: 1, verdict: 'skipped', durationUs: null }),
    ...(verdict === 'fail' || verdict === 'xfail'
      ? [
          caseView('bad', {
            verdict: 'fail',
            failures: [{ message: HOSTILE, file: 'a.c', line: 4 }],
          }),
        ]
      : []),
  ];
  const view = runView({ ordinal, name: `${HOSTILE} ${verdict}`, verdict, message: HOSTILE });
  return reportRun(view, [attemptView({ verdict: verdict === 'xfail' ? 'fail' : verdict, cases })]);
}

const VERDICTS: Verdict[] = ['pass', 'fail', 'xfail', 'infra', 'skipped'];
const runs = () => VERDICTS.map(run);

const PYTHON = `
import json, sys
from junitparser import JUnitXml, Failure, Error, Skipped
xml = JUnitXml.fromstring(sys.stdin.buffer.read())
found = {'tests': 0, 'failures': 0, 'errors': 0, 'skipped': 0}
names = {Failure: 'failures', Error: 'errors', Skipped: 'skipped'}
for suite in xml:
    said = {key: getattr(suite, key) for key in found}
    seen = dict.fromkeys(found, 0)
    for case in suite:
        seen['tests'] += 1
        for result in case.result:
            seen[names[type(result)]] += 1
    assert said == seen, (suite.name, said, seen)
    for key in found: found[key] += seen[key]
print(json.dumps({'found': found, 'root': {'tests': xml.tests, 'failures': xml.failures, 'errors': xml.errors}}))
`;

const PYTHON_TAP = `
import json, sys
from tap.parser import Parser
found = {'points': 0, 'ok': 0, 'skip': 0, 'todo': 0, 'planned': 0}
for line in Parser().parse_text(sys.stdin.buffer.read().decode()):
    if line.category == 'plan': found['planned'] = line.expected_tests
    if line.category != 'test': continue
    found['points'] += 1
    found['ok'] += line.ok
    found['skip'] += line.skip
    found['todo'] += line.todo
print(json.dumps(found))
`;

const PERL = `
use TAP::Parser;
local $/;
my $tap = TAP::Parser->new({ tap => scalar <STDIN> });
$tap->run;
printf '{"planned":%d,"run":%d,"passed":%d,"failed":%d,"skipped":%d,"todo":%d,"problems":%d}',
  $tap->tests_planned, $tap->tests_run, scalar $tap->passed, scalar $tap->failed, scalar $tap->skipped,
  scalar $tap->todo, scalar $tap->parse_errors;
`;

/** What a program makes of a report: the last line that it prints; readers may have remarks of their own before. */
function read(command: string, args: readonly string[], report: string): unknown {
  const lines = execFileSync(command, args, { input: report, encoding: 'utf8' }).trim().split('\n');
  return JSON.parse(lines.at(-1) || 'null');
}

describe('readers that are not ours', () => {
  it('count in the JUnit report what it counts: junitparser', () => {
    const report = written(new JunitReport(submissionView()), ...runs());
    expect(read('/usr/bin/python3', ['-c', PYTHON], report)).toEqual({
      found: { tests: 13, failures: 1, errors: 1, skipped: 6 },
      root: { tests: 13, failures: 1, errors: 1 },
    });
  });

  it('find the JUnit report well-formed: libxml2', () => {
    const report = written(new JunitReport(submissionView()), ...runs());
    expect(read('xmllint', ['--noout', '-'], report)).toBeNull();
  });

  it('count in the TAP report one point for each run: TAP::Parser', () => {
    const report = written(new TapReport(), ...runs());
    expect(read('perl', ['-e', PERL], report)).toEqual({
      ...{ planned: 5, run: 5, passed: 3, failed: 2, skipped: 1, todo: 1, problems: 0 },
    });
  });

  it('find in the TAP report one point for each run: tap.py', () => {
    const report = written(new TapReport(), ...runs());
    expect(read('/usr/bin/python3', ['-c', PYTHON_TAP], report)).toEqual({
      ...{ points: 5, ok: 2, skip: 1, todo: 1, planned: 5 },
    });
  });
});
