import { BANNER, handshake } from './bench.js';
import {
  type ConsoleText,
  caseFail,
  caseFinish,
  caseList,
  casePass,
  caseStart,
  end,
  errorBlock,
  heap,
  summary,
} from './console-texts.js';

/* Consoles as they were met in the field: old Mbed OS versions, coverage builds, probes that lose bytes. */

const passing = caseList('a', 'b') + casePass('a') + casePass('b') + summary(2, 0);
const suite = (body: string, outro: string): string => `${handshake()}${body}${heap}${outro}`;
const inCase = (text: string): string => `${handshake()}${caseList('a')}${caseStart('a')}${text}`;
const completed = (verdict: string, cases: Record<string, string>) =>
  ({ verdict, reason: 'completed', cases }) as const;
const crashed = {
  verdict: 'crash',
  reason: 'crashBlock',
  cases: { a: 'crash' },
  silenceMs: 3000,
} as const;
const coverageFile = (path: string, bytes: number): string =>
  `{{__coverage_start;${path};${'67.63'.repeat(bytes / 3)}}}\r\n`;

export const FIELD_TEXTS: Record<string, ConsoleText> = {
  'a case whose reason is in the line that counts': {
    text: suite(
      `${caseList('a')}${caseStart('a')}{{__testcase_finish;a;0;1}}\r\n>>> 'a': 0 passed, 1 failed with reason 'Test Case is Empty'\r\n`,
      end('failure'),
    ),
    ...completed('fail', { a: 'fail' }),
  },
  'a case without any reason': {
    text: suite(`${caseList('a')}${caseStart('a')}${caseFinish('a', 0, 1)}`, end('failure')),
    ...completed('fail', { a: 'fail' }),
  },
  'a suite whose setup failed': {
    text: suite(
      `${caseList('a')}\r\n>>> failure with reason 'Test Setup Failed' during 'Test Setup Handler'\r\n>>> Test cases: 0 passed, 0 failed with reason 'Test Setup Failed'\r\n`,
      end('failure'),
    ),
    ...completed('fail', { a: 'blocked' }),
  },
  'a case that timed out in its handler': {
    text: suite(
      `${caseList('a')}${caseFail('a', ">>> failure with reason 'Timed Out' during 'Case Handler'")}`,
      end('failure'),
    ),
    ...completed('fail', { a: 'fail' }),
  },
  'a case that is repeated and passes each time': {
    text: suite(caseList('a') + casePass('a').repeat(3) + summary(1, 0), end('success')),
    ...completed('pass', { a: 'pass' }),
  },
  'a repeated case that is skipped once and passes then': {
    text: suite(
      `${caseList('a')}${caseStart('a')}:1::SKIP: warming up\r\n${caseFinish('a')}${casePass('a')}`,
      end('success'),
    ),
    ...completed('pass', { a: 'pass' }),
  },
  'an ignored case with the file of Mbed CE': {
    text: suite(
      `${caseList('a', 'b')}${caseStart('a')}<greentea test suite>:31::IGNORE: no TRNG\r\n${caseFinish('a')}${casePass('b')}`,
      end('success'),
    ),
    ...completed('pass', { a: 'skipped', b: 'pass' }),
  },
  'an assertion before Mbed OS 5.9': {
    text: inCase('mbed assertation failed: free > 0, file: ../queue.cpp, line 42 \r\n'),
    ...crashed,
  },
  'an error of the old RTX': {
    text: inCase('CMSIS-RTOS error: ISR Queue overflow (status: 0x2, task ID: 0x0)\r\n'),
    ...crashed,
  },
  'an automatic restart whose block is compiled out': {
    text: inCase('\r\n= System will be rebooted due to a fatal error =\r\n'),
    ...crashed,
  },
  'an automatic restart after its block': {
    text: inCase(
      `${errorBlock}\r\n= System will be rebooted due to a fatal error =\r\n${BANNER}${BANNER}`,
    ),
    ...crashed,
  },
  'a block that ends in the middle': {
    text: inCase(errorBlock.slice(0, errorBlock.indexOf('Error Value'))),
    ...crashed,
  },
  'a crash of an image for another board': {
    text: inCase(errorBlock),
    target: 'K64F',
    verdict: 'infra',
    reason: 'imageUnsuitable',
    cases: { a: 'infra' },
  },
  'a crash of the secure half of the right image': {
    text: inCase(errorBlock.replace('FVP_MPS2_M3', 'ARM_MUSCA_S1_NS')),
    target: 'ARM_MUSCA_S1',
    ...crashed,
  },
  'coverage files': {
    text: suite(
      passing,
      `${coverageFile('/src/BUILD/main.gcda', 120)}${coverageFile('C:\\src\\lib.gcda', 90_000)}${end('success')}`,
    ),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'an end that the probe cut': {
    text: suite(caseList('a') + casePass('a'), '{{end;suc<DAPLink:Overflow>\r\n{{__exit;0}}\r\n'),
    verdict: 'infra',
    reason: 'consoleLost',
    cases: { a: 'pass' },
  },
  'a value that the probe cut': {
    text: suite(
      `${caseList('a')}${caseStart('a')}{{__testcase_finish;a<DAPLink:Overflow>;0;1}}\r\n`,
      '{{__exit;0}}\r\n',
    ),
    verdict: 'infra',
    reason: 'consoleLost',
    cases: { a: 'infra' },
  },
  'lost bytes and a failure that was counted': {
    text: suite(
      `<DAPLink:Overflow>\r\n${caseList('a')}${caseFail('a', ':3::FAIL: no')}`,
      '{{__exit;0}}\r\n',
    ),
    verdict: 'fail',
    reason: 'exitWithoutEnd',
    cases: { a: 'fail' },
  },
  'lost bytes and a pass': {
    text: suite(`[DBG] tick <DAPLink:Overflow>[DBG]\r\n${passing}`, end('success')),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'lost bytes and a crash': { text: inCase(`<DAPLink:Overflow>\r\n${errorBlock}`), ...crashed },
  'thread numbers of 5.15 and of 6': {
    text: suite(
      passing,
      `{{__thread_info;"0x020001234",512,4096}}\r\n{{__thread_info;"main, idle","0x20001234",512,4096}}\r\n__cpu_info 12 %\r\n${end('success')}`,
    ),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'a bootloader that talks first': {
    text: `\u0000\u00ff[BOOT] Mbed Bootloader\r\n[BOOT] ARM: 00000000000000000000\r\n[BOOT] {{not a message\r\n${suite(passing, end('success'))}`,
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'a client that names no version': {
    text: suite(passing, end('success')).replace('{{__version;1.3.0}}\r\n', ''),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'colours and progress bars': {
    text: suite(
      `\u001b[32m${caseList('a')}\u001b[0m${caseStart('a')}10 %\r50 %\r100 %\r\n${caseFinish('a')}`,
      end('success'),
    ),
    ...completed('pass', { a: 'pass' }),
  },
  'keys that nobody knows': {
    text: suite(
      `${passing}{{__unknown;1}}\r\n{{device_info;x;y;z}}\r\n{{time-us_1;12}}\r\n`,
      end('success'),
    ),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
  'an announced time that is no number': {
    text: suite(passing, end('success')).replace('{{__timeout;10}}', '{{__timeout;soon}}'),
    ...completed('pass', { a: 'pass', b: 'pass' }),
  },
};
