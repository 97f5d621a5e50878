import { BANNER, handshake } from './bench.js';

/* Console texts as boards send them, put together from the edge cases of the protocol. */

export const caseList = (...names: string[]): string =>
  `{{__testcase_count;${names.length}}}\r\n>>> Running ${names.length} test cases...\r\n${names
    .map((name) => `{{__testcase_name;${name}}}\r\n`)
    .join('')}`;

export const caseStart = (name: string): string =>
  `\r\n>>> Running case #1: '${name}'...\r\n{{__testcase_start;${name}}}\r\n`;

export const caseFinish = (name: string, passed = 1, failed = 0): string =>
  `{{__testcase_finish;${name};${passed};${failed}}}\r\n>>> '${name}': ${passed} passed, ${failed} failed\r\n`;

export const casePass = (name: string): string => caseStart(name) + caseFinish(name);

export const caseFail = (name: string, text: string): string =>
  `${caseStart(name)}${text}\r\n${caseFinish(name, 0, 1)}`;

export const summary = (passed: number, failed: number): string =>
  `\r\n>>> Test cases: ${passed} passed, ${failed} failed\r\n{{__testcase_summary;${passed};${failed}}}\r\n`;

export const heap = '{{max_heap_usage;1024}}\r\n{{reserved_heap;65536}}\r\n';
export const end = (value: string): string => `{{end;${value}}}\r\n{{__exit;0}}\r\n`;

export const faultDump =
  '\r\n++ MbedOS Fault Handler ++\r\n\r\nFaultType: HardFault\r\n\r\nContext:\r\nR0  : CAFE0000\r\nPC  : 00000412\r\n\r\n-- MbedOS Fault Handler --\r\n';
export const errorBlock = [
  '',
  '++ MbedOS Error Info ++',
  'Error Status: 0x80FF013D Code: 317 Module: 255',
  'Error Message: Fault exception',
  'Location: 0x412',
  'Error Value: 0xCAFE0000',
  'Current Thread: main Id: 0x20001234 Entry: 0x401 StackSize: 0x1000 StackMem: 0x20002000 SP: 0x20002F00',
  'For more info, visit: https://mbed.com/s/error?error=0x80FF013D&osver=61700&core=0x410FC231&comp=2&ver=120201&tgt=FVP_MPS2_M3',
  '-- MbedOS Error Info --',
  '',
].join('\r\n');
export const errorKeys =
  '{{mbed_error;1}}\r\n{{mbed_error_module;255}}\r\n{{mbed_error_code;324}}\r\n{{mbed_error_message;Assertion failed: free > 0}}\r\n{{mbed_error_location;0x412}}\r\n';

const suite = (body: string, outro: string): string => `${handshake()}${body}${heap}${outro}`;
const junk = Array.from({ length: 256 }, (_, byte) =>
  byte === 10 ? '' : String.fromCharCode(byte),
).join('');

export interface ConsoleText {
  readonly text: string;
  readonly verdict: string;
  readonly reason: string;
  readonly cases: Record<string, string>;
  /** Silence after the text, for what only silence ends. Default: none. */
  readonly silenceMs?: number;
  /** Target of the board. Default: not known. */
  readonly target?: string;
}

const passing = caseList('a', 'b') + casePass('a') + casePass('b') + summary(2, 0);

/** Each text after the handshake, and what must come of it. */
export const CONSOLE_TEXTS: Record<string, ConsoleText> = {
  'a passing suite': {
    text: suite(passing, end('success')),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass', b: 'pass' },
  },
  'a suite without cases': {
    text: suite('', end('success')),
    verdict: 'pass',
    reason: 'completed',
    cases: {},
  },
  'a failing case': {
    text: suite(
      caseList('a', 'b') +
        caseFail('a', '../main.cpp:42::FAIL: Expected 1 Was 2') +
        casePass('b') +
        summary(1, 1),
      end('failure'),
    ),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'fail', b: 'pass' },
  },
  'success in spite of a failed case': {
    text: suite(caseList('a') + caseFail('a', ':7::FAIL: x'), end('success')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'fail' },
  },
  'success in spite of a summary with failures': {
    text: suite(caseList('a') + casePass('a') + summary(0, 1), end('success')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'pass' },
  },
  'failure without a failed case': {
    text: suite(passing, end('failure')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'pass', b: 'pass' },
  },
  'a skipped and an ignored case': {
    text: suite(
      caseList('a', 'b', 'c') +
        `${caseStart('a')}:12::SKIP: no board wired\r\n${caseFinish('a')}` +
        `${caseStart('b')}:13::IGNORE\r\n${caseFinish('b')}${casePass('c')}${summary(3, 0)}`,
      end('success'),
    ),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'skipped', b: 'skipped', c: 'pass' },
  },
  'only skipped cases': {
    text: suite(
      `${caseList('a')}${caseStart('a')}:12::SKIP: not here\r\n${caseFinish('a')}`,
      end('success'),
    ),
    verdict: 'skipped',
    reason: 'completed',
    cases: { a: 'skipped' },
  },
  'a repeated case that failed once': {
    text: suite(caseList('a') + caseFail('a', ':9::FAIL: once') + casePass('a'), end('failure')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'fail' },
  },
  'a case that stopped the suite': {
    text: suite(`${caseList('a', 'b')}${caseStart('a')}:9::FAIL: fatal\r\n`, end('failure')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'fail', b: 'blocked' },
  },
  'success although a case never ran': {
    text: suite(caseList('a', 'b') + casePass('a'), end('success')),
    verdict: 'fail',
    reason: 'completed',
    cases: { a: 'pass', b: 'blocked' },
  },
  'lost messages that the summary covers': {
    text: suite(
      `${caseList('a', 'b')}${casePass('a')}{{__testcase_sta${summary(2, 0)}`,
      end('success'),
    ),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass', b: 'pass' },
  },
  'a lost begin': {
    text: suite(caseList('a') + caseFinish('a') + summary(1, 0), end('success')),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass' },
  },
  'messages in dirt': {
    text: suite(
      `[DBG ][rtos]: tick \u00ff${caseList('a')}${junk}\r\n{{foo;ba\r\n{{\r\n}}\r\n{{}}\r\n{{end}}\r\n{{end;}}\r\n{{success}}\r\n${caseStart('a')}{{x;1}}{{y;2}} tail\r\n<DAPLink:Overflow>\r\n${'0123456789'.repeat(3000)}\r\n\u0000{{\u00ff__testcase_fin\u0000ish;a;1;0}}\r\n`,
      end('success'),
    ),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass' },
  },
  'an RTOS trace glued in front of the end': {
    text: suite(passing, '[INFO][mesh]: joined {{end;success}}{{__exit;0}}\r\n'),
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass', b: 'pass' },
  },
  'messages before the handshake': {
    text: `{{end;failure}}\r\n{{__exit;0}}\r\n{{__testcase_start;old}}\r\nbootloader v1\r\n${suite(passing, end('success'))}`,
    verdict: 'pass',
    reason: 'completed',
    cases: { a: 'pass', b: 'pass' },
  },
  'a hard fault with its registers': {
    text: `${handshake()}${caseList('a', 'b')}${caseStart('a')}${faultDump}${errorBlock}`,
    verdict: 'crash',
    reason: 'crashBlock',
    cases: { a: 'crash', b: 'blocked' },
  },
  'an assertion that also sends keys': {
    text: `${handshake()}${caseList('a')}${caseStart('a')}${errorBlock}${errorKeys}`,
    verdict: 'crash',
    reason: 'crashBlock',
    cases: { a: 'crash' },
  },
  'keys in front of the block': {
    text: `${handshake()}${caseList('a')}${caseStart('a')}${errorKeys}${errorBlock}`,
    verdict: 'crash',
    reason: 'crashBlock',
    cases: { a: 'crash' },
  },
  'a crash before the handshake': {
    text: `boot\r\n${faultDump}${errorBlock}`,
    verdict: 'crash',
    reason: 'crashBlock',
    cases: {},
  },
  'a restart that shows the banner': {
    text: `${handshake()}${caseList('a')}${caseStart('a')}about to die\r\nboot 2\r\n${BANNER}`,
    verdict: 'crash',
    reason: 'rebooted',
    cases: { a: 'crash' },
  },
  'a restart that announces itself again': {
    text: `${handshake()}${caseList('a')}${casePass('a')}boot 2\r\n{{__version;1.3.0}}\r\n`,
    verdict: 'crash',
    reason: 'rebooted',
    cases: { a: 'pass' },
  },
  'a restart between the announcements': {
    text: `${BANNER}${handshake()
      .slice(BANNER.length)
      .replace(/\{\{__host.*\n/, '')}{{__version;1.3.0}}\r\n`,
    verdict: 'crash',
    reason: 'rebooted',
    cases: {},
  },
  'an exit without an end': {
    text: suite(`${caseList('a')}${casePass('a')}`, '{{__exit;0}}\r\n'),
    verdict: 'fail',
    reason: 'exitWithoutEnd',
    cases: { a: 'pass' },
  },
  'a lost end that the summary covers': {
    text: suite(passing, '{{end;suc\r\n{{__exit;0}}\r\n'),
    verdict: 'pass',
    reason: 'exitWithoutEnd',
    cases: { a: 'pass', b: 'pass' },
  },
  'an exit in the middle of a case': {
    text: suite(`${caseList('a')}${caseStart('a')}`, '{{__exit;0}}\r\n'),
    verdict: 'fail',
    reason: 'exitWithoutEnd',
    cases: { a: 'fail' },
  },
  'an unknown host test': {
    text: handshake(1, 'moon_phase'),
    verdict: 'infra',
    reason: 'hostTestUnknown',
    cases: {},
  },
  'a name with semicolons': {
    text: suite(casePass('a;b'), end('success')),
    verdict: 'pass',
    reason: 'completed',
    cases: { 'a;b': 'pass' },
  },
};
