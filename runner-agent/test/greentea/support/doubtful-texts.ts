import { handshake } from './bench.js';
import {
  type ConsoleText,
  caseFail,
  caseFinish,
  caseList,
  casePass,
  caseStart,
  end,
  heap,
  summary,
} from './console-texts.js';

/* Consoles on which something is missing, damaged, or at odds with the rest. */

const suite = (body: string, outro: string): string => `${handshake()}${body}${heap}${outro}`;
const completed = (verdict: string, cases: Record<string, string>) =>
  ({ verdict, reason: 'completed', cases }) as const;
const unread = (cases: Record<string, string>) =>
  ({ verdict: 'infra', reason: 'consoleLost', cases }) as const;
const bySummary = (cases: Record<string, string>) =>
  ({ verdict: 'pass', reason: 'exitWithoutEnd', cases }) as const;

const cutFinish = '{{__testcase_finish;tw[INFO] net up o;1;0}}\r\n';
const brokenFinish = '{{__testcase_finish;tw[INFO] net up\r\no;1;0}}\r\n';
const three = caseList('one', 'two', 'three') + casePass('one') + caseStart('two');
const passing = caseList('a', 'b') + casePass('a') + casePass('b');
const ab = { a: 'pass', b: 'pass' };

export const DOUBTFUL_TEXTS: Record<string, ConsoleText> = {
  'log text inside the end of a case that the summary covers': {
    text: suite(`${three}${cutFinish}${casePass('three')}${summary(3, 0)}`, end('success')),
    ...completed('pass', { one: 'pass', two: 'pass', three: 'pass' }),
  },
  'a log line inside the end of a case that the summary covers': {
    text: suite(`${three}${brokenFinish}${casePass('three')}${summary(3, 0)}`, end('success')),
    ...completed('pass', { one: 'pass', two: 'pass', three: 'pass' }),
  },
  'log text inside the end of the last case, without a summary': {
    text: suite(`${caseList('two')}${caseStart('two')}${cutFinish}`, end('success')),
    ...unread({ two: 'infra' }),
  },
  'log text inside the end of a case that had printed a failure': {
    text: suite(
      `${three}:4::FAIL: no\r\n${cutFinish}${casePass('three')}${summary(3, 0)}`,
      end('success'),
    ),
    ...unread({ one: 'pass', two: 'infra', three: 'pass' }),
  },
  'log text inside the end of a case in a run that failed': {
    text: suite(
      `${three}${cutFinish}${caseFail('three', ':4::FAIL: no')}${summary(2, 1)}`,
      end('failure'),
    ),
    ...completed('fail', { one: 'pass', two: 'infra', three: 'fail' }),
  },
  'log text inside the begin of a case': {
    text: suite(
      `${caseList('one', 'two')}${casePass('one')}{{__testcase_start;tw[INFO] up o}}\r\n${caseFinish('two')}${summary(2, 0)}`,
      end('success'),
    ),
    ...completed('pass', { one: 'pass', two: 'pass' }),
  },
  'log text inside the number of failures': {
    text: suite(
      `${caseList('a')}${caseStart('a')}{{__testcase_finish;a;1;[INFO]0}}\r\n`,
      end('success'),
    ),
    ...unread({ a: 'infra' }),
  },
  'log text inside the end, after a summary': {
    text: suite(passing + summary(2, 0), '{{end;succ[INFO] up ess}}\r\n{{__exit;0}}\r\n'),
    ...bySummary(ab),
  },
  'a log line inside the end, after a summary': {
    text: suite(passing + summary(2, 0), '{{end;succ[INFO] up\r\ness}}\r\n{{__exit;0}}\r\n'),
    ...bySummary(ab),
  },
  'log text inside the end, and silence': {
    text: suite(passing + summary(2, 0), '{{end;succ[INFO] up ess}}\r\n'),
    silenceMs: 1000,
    ...bySummary(ab),
  },
  'log text inside the end, without a summary': {
    text: suite(passing, '{{end;succ[INFO] up ess}}\r\n{{__exit;0}}\r\n'),
    ...unread(ab),
  },
  'a log line inside the end, and silence': {
    text: suite(passing, '{{end;succ[INFO] up\r\n'),
    silenceMs: 20_000,
    ...unread(ab),
  },
  'log text inside the summary': {
    text: suite(`${passing}{{__testcase_summary;2[INFO];0}}\r\n`, end('success')),
    ...completed('pass', ab),
  },
  'noise inside the end': {
    text: suite(passing, '{{end;succ\u00e0ess}}\r\n{{__exit;0}}\r\n'),
    ...completed('pass', ab),
  },
  'noise inside the names and numbers of a case': {
    text: suite(
      `${caseList('a', 'b')}{{__testcase_start;\u00c0a}}\r\n{{__testcase_finish;a\u00fe;\u00f01;0}}\r\n${casePass('b')}`,
      end('success'),
    ),
    ...completed('pass', ab),
  },
  'five announced cases of which two ran': {
    text: suite(
      `{{__testcase_count;5}}\r\n{{__testcase_name;a}}\r\n{{__testcase_name;b}}\r\n${casePass('a')}${casePass('b')}`,
      end('success'),
    ),
    ...completed('fail', ab),
  },
  'five named cases of which two ran, and a summary of five': {
    text: suite(
      `${caseList('a', 'b', 'c')}${casePass('a')}${casePass('b')}${summary(3, 0)}`,
      end('success'),
    ),
    ...completed('fail', { ...ab, c: 'blocked' }),
  },
  'a case that began and never ended, and a summary that counts it': {
    text: suite(`${caseList('a')}${caseStart('a')}${summary(1, 0)}`, end('success')),
    ...completed('fail', { a: 'fail' }),
  },
  'a case that began and never ended before the next': {
    text: suite(`${caseList('a', 'b')}${caseStart('a')}${casePass('b')}`, end('success')),
    ...completed('fail', { a: 'fail', b: 'pass' }),
  },
  'a summary that counts fewer cases than ended': {
    text: suite(passing + summary(1, 0), end('success')),
    ...completed('fail', ab),
  },
  'success and then failure': {
    text: suite(passing, '{{end;success}}\r\n{{end;failure}}\r\n{{__exit;0}}\r\n'),
    ...completed('fail', ab),
  },
  'failure and then success': {
    text: suite(passing, '{{end;failure}}\r\n{{end;success}}\r\n{{__exit;0}}\r\n'),
    ...completed('fail', ab),
  },
  'no end at all, and a summary without failures': {
    text: suite(passing + summary(2, 0), '{{__exit;0}}\r\n'),
    verdict: 'fail',
    reason: 'exitWithoutEnd',
    cases: ab,
  },
  'success without an exit': {
    text: suite(passing, '{{end;success}}\r\n'),
    silenceMs: 500,
    ...completed('pass', ab),
  },
  'a case that its set-up handler left out': {
    text: suite(
      `${caseList('a', 'b')}${caseStart('a')}>>> failure with reason 'Ignored: Case Setup Failed' during 'Case Setup Handler'\r\n${caseFinish('a', 0, 0)}${casePass('b')}${summary(2, 0)}`,
      end('success'),
    ),
    ...completed('pass', { a: 'skipped', b: 'pass' }),
  },
  'only a case that was left out': {
    text: suite(`${caseList('a')}${caseStart('a')}${caseFinish('a', 0, 0)}`, end('success')),
    ...completed('skipped', { a: 'skipped' }),
  },
};
