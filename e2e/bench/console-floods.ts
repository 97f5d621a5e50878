/** Text that a board prints without end. */
export interface Flood {
  readonly name: string;
  /** The `number`th block, of some 64 kB. */
  readonly block: (number: number) => string;
  readonly hostTest?: string;
  /** Expected lines, for a board that speaks no greentea. */
  readonly compareLog?: readonly string[];
}

const BLOCK_CHARS = 64 * 1024;

const repeated = (text: string): string =>
  text.repeat(Math.max(1, Math.floor(BLOCK_CHARS / text.length)));
const always = (text: string) => {
  const block = repeated(text);
  return () => block;
};
/** Lines that all differ. */
const numbered =
  (line: (n: number) => string, lines = 2000) =>
  (number: number) =>
    Array.from({ length: lines }, (_, i) => line(number * lines + i)).join('');

/** Text of `alphabet` in an order that does not repeat soon, the same in every run; each line ends with `end`. */
function shuffled(alphabet: string, lineChars: number, end = ''): () => string {
  let state = 1;
  const next = (): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return alphabet[(state >>> 16) % alphabet.length] ?? '';
  };
  const line = () => `${Array.from({ length: lineChars }, next).join('')}${end}\n`;
  return () => Array.from({ length: Math.ceil(BLOCK_CHARS / lineChars) }, line).join('');
}

/** The kinds of text that have cost most, each with the best chance to cost much again. */
export const CONSOLE_FLOODS: readonly Flood[] = [
  { name: 'short lines', block: always('ok\n') },
  { name: 'empty lines', block: always('\n') },
  { name: 'lines of 64 kB', block: always(`${'x'.repeat(BLOCK_CHARS - 1)}\n`) },
  { name: 'no end of a line', block: always('x') },
  { name: 'NUL', block: always('\0') },
  { name: 'two opening braces', block: always('{{') },
  { name: 'messages that never end', block: always('{{key;value') },
  { name: 'messages inside messages', block: always('{{ke{{y;val}ue{{a;b}}\n') },
  { name: 'messages', block: always('{{key;value}}\r\n') },
  { name: 'the longest messages', block: always(`{{${'k'.repeat(120)};${'v'.repeat(4000)}}}\r\n`) },
  { name: 'invalid UTF-8', block: always('{{key;\u00c3\u00ff\u00e9}}\r\n') },
  { name: 'escape sequences', block: always('\x1b[31m::\x1b[0m\n') },
  { name: 'crash-like lines', block: always('++ Mbed ++ :: -- MbedOS Error Info --\n') },
  { name: 'failures', block: numbered((n) => `main.cpp:${n}::FAIL: expected ${n} was 0\r\n`) },
  { name: 'metrics', block: numbered((n) => `{{__thread_info;"t${n}","0x2000",1,2}}\r\n`) },
  {
    name: 'cases',
    block: numbered((n) => `{{__testcase_start;c${n}}}\r\n{{__testcase_finish;c${n};1;0}}\r\n`),
  },
  { name: 'announced cases', block: numbered((n) => `{{__testcase_name;case number ${n}}}\r\n`) },
  { name: 'messages to a host test', block: always('{{echo;x}}\r\n'), hostTest: 'echo' },
  {
    name: 'text, an ordinary expression',
    block: always('Test suite TFM_PS_TEST has FAILED in the end\n'),
    compareLog: ["/Test suite '.*TFM_PS_TEST_2XXX.*' has.*PASSED/"],
  },
  {
    name: 'a new state per character',
    // The `c` without which the expression would not be tried at all, where it cannot match.
    block: shuffled('ab', 400, 'bc'),
    compareLog: ['/(.{1,40}a){3}c$/'],
  },
  {
    name: 'large classes and counts',
    block: shuffled('abcXYZ', 1000),
    compareLog: [`/[${'a-zA-Z0-9 .:;_-'.repeat(20)}]{90}$!/i`],
  },
  {
    name: 'escape sequences, compared',
    block: always('\x90\x1b]\x1b[31;\x9d\x1b('),
    compareLog: ['/never/'],
  },
];
