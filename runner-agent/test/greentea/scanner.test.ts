import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GreenteaScanner } from '../../src/greentea/scanner.js';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../../src/greentea/scanner-grammar.js';
import { MAX_LINE_BYTES } from '../../src/session/line-splitter.js';
import { bytewise, cutAt, cuts } from './support/chunking.js';
import { type Token, tokensByRegex } from './support/line-regex-scanner.js';

const NEEDLES = ['++ Mbed', '::'];

function collect(chunks: readonly Uint8Array[], wantAllLines: boolean): Token[] {
  const tokens: Token[] = [];
  const scanner = new GreenteaScanner(
    {
      onMessage: (key, value) => tokens.push({ message: [key, value] }),
      onLine: (line) => tokens.push({ line }),
    },
    NEEDLES,
  );
  scanner.wantAllLines = wantAllLines;
  for (const chunk of chunks) scanner.push(chunk, 0);
  return tokens;
}

/** Names keep bytes that may be letters; the expression knows only text without them. */
const plain = (tokens: readonly Token[]): Token[] =>
  tokens.map((token) =>
    token.message ? message(token.message[0], token.message[1].replace(/[øþ]/g, '')) : token,
  );
const scan = (text: string | Uint8Array, wantAllLines = true): Token[] =>
  collect([Buffer.from(text as string, 'latin1')], wantAllLines);
const utf8 = (text: string): Token[] => collect([Buffer.from(text, 'utf8')], true);
const message = (key: string, value: string): Token => ({ message: [key, value] });
const line = (text: string): Token => ({ line: text });

/** Text made of what matters to the scanner, so that near misses are common. */
const consoleText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{',
        '{{',
        '}',
        '}}',
        ';',
        '\n',
        '\r',
        '\r\n',
        'end',
        'a-b_1',
        ' ',
        '::',
        '++ Mbed',
      ),
      fc.constantFrom(
        '{{end;success}}',
        '{{a;b}}\r\n',
        '\u0000',
        '\u00ff',
        '\u00f8',
        '\u00fe',
        '{{{k;v}}',
        '{{k;{{v}}}',
        '{{__testcase_name;a',
        '{{__testcase_finish;{b}{c}}}',
      ),
      fc.string({ unit: fc.constantFrom('{', '}', ';', 'x', '\n', ' '), maxLength: 12 }),
    ),
    { maxLength: 60 },
  )
  // What closes a name may go on: only the next byte tells.
  .map((parts) => parts.join('').replace(/\}[\u0000\u00f8\u00fe\u00ff]*$/, '$&\r'));

describe('the scanner', () => {
  it('recognises a message as soon as its braces close, without a line end', () => {
    expect(scan('{{__sync;1234}}')).toEqual([message('__sync', '1234')]);
  });

  it('gives every message of a line and the text around them in wire order', () => {
    expect(scan('[dbg] {{a;1}} mid {{b;2}} tail\r\nnext\r\n')).toEqual([
      line('[dbg] '),
      message('a', '1'),
      line(' mid '),
      message('b', '2'),
      line(' tail'),
      line('next'),
    ]);
  });

  it('takes a value with braces and semicolons as htrun does', () => {
    expect(scan('{{n;a{b;c {{d}}')).toEqual([message('n', 'a{b;c {{d')]);
  });

  it.each([
    '{{success}}',
    '{{;v}}',
    '{{k;}}',
    '{{k v;1}}',
    '{{k;v}',
    '{k;v}}',
    '{{k;a\nb}}',
    '{{k;a}b}}',
  ])('takes %j for text', (text) => {
    expect(scan(`${text}\n`).some((token) => token.message)).toBe(false);
  });

  it('finds the message behind a broken one', () => {
    expect(scan('{{half{{end;success}}')).toContainEqual(message('end', 'success'));
    expect(scan('{{{end;success}}')).toEqual([line('{'), message('end', 'success')]);
    expect(scan('{{k;a}{{end;success}}')).toContainEqual(message('end', 'success'));
  });

  it.each([
    ['{{__testcase_name;a}b}}', 'a}b'],
    ['{{__testcase_start;parses {} and {a}}}', 'parses {} and {a}'],
    ['{{__testcase_finish;a}}};1;0}}', 'a}'],
    ['{{__testcase_name;{{a}}}}', '{{a}}'],
  ])('keeps the braces of a name in %j', (text, value) => {
    expect(scan(`${text}\r\n`)[0]?.message?.[1]).toBe(value);
  });

  it('does not let a cut name swallow the next message', () => {
    expect(scan('{{__testcase_start;a}b{{end;success}}\r\n')).toEqual([
      line('{{__testcase_start;a}b'),
      message('end', 'success'),
    ]);
  });

  it('reads a name that is no UTF-8 as Latin-1, and any other value not', () => {
    expect(scan('{{__testcase_name;caf\u00e9 gr\u00f8n \u00c3\u00bc\u0091}}\r\n')).toEqual([
      message('__testcase_name', 'café grøn ü\ufffd'),
    ]);
    expect(scan('{{k;caf\u00e9}}')).toEqual([message('k', 'caf\ufffd')]);
  });

  it.each(['\u00f8', '\u00fe', '\u00ff', '\u0000'])(
    'drops the noise byte %j of a disturbed line everywhere but in a name',
    (noise) => {
      const text = ['', '{', '{', 'e', 'nd;suc', 'cess}', '}', ' a::', 'b\r', '\n'].join(noise);
      expect(scan(text)).toEqual([message('end', 'success'), line(' a::b')]);
    },
  );

  it('tells what began like a message and was none', () => {
    const broken: string[] = [];
    const scanner = new GreenteaScanner({
      onMessage: () => undefined,
      onLine: () => undefined,
      onBroken: (text) => broken.push(text),
    });
    const text =
      '{{end;succ[INFO] up\r\ness}}\r\n{{__testcase_sta\r\n{{end}} {{ x }} {{k;v}}\r\n{{k;v}x';
    for (const byte of bytewise(Buffer.from(text))) scanner.push(byte, 0);
    expect(broken).toEqual(['{{end;succ[INFO] up\r', '{{__testcase_sta', '{{k;v}']);
  });

  it('drops the noise of a UART that starts, before and inside a message', () => {
    expect(scan('\u0000\u00ff{\u00ff{e\u0000nd;succ\u00ffess}\u0000}\r\n')).toEqual([
      message('end', 'success'),
    ]);
  });

  it('keeps characters of several bytes that two reads share', () => {
    const bytes = Buffer.from('grün {{k;Ω≠🙂}}\n', 'utf8');
    expect(collect(bytewise(bytes), true)).toEqual([line('grün '), message('k', 'Ω≠🙂')]);
  });

  it('replaces bytes that are no UTF-8', () => {
    expect(scan('caf\u00c3 {{k;\u00f0\u009f}}\n')).toEqual([
      line('caf\ufffd '),
      message('k', '\ufffd'),
    ]);
  });

  it('strips the carriage return of a line and keeps those inside', () => {
    expect(utf8('10 %\r20 %\r\r\n\r\n')).toEqual([line('10 %\r20 %'), line('')]);
  });

  it('cuts a line that is too long and says so', () => {
    const [token] = scan(`${'x'.repeat(100_000)}\r\n`);
    expect(token?.line).toBe(`${'x'.repeat(MAX_LINE_BYTES)} … [cut: 100001 bytes]`);
  });

  it('takes a coverage dump of the largest size and refuses one byte more', () => {
    const largest = 'A'.repeat(MAX_VALUE_BYTES);
    expect(scan(`{{__coverage_start;${largest}}}\n`)).toEqual([
      message('__coverage_start', largest),
    ]);
    expect(scan(`{{k;${largest}B}}\n{{end;success}}`).filter((token) => token.message)).toEqual([
      message('end', 'success'),
    ]);
  });

  it('takes the longest key and refuses one byte more', () => {
    const longest = 'k'.repeat(MAX_KEY_BYTES);
    expect(scan(`{{${longest};v}}`)).toEqual([message(longest, 'v')]);
    expect(scan(`{{${longest}k;v}}\n`).some((token) => token.message)).toBe(false);
  });

  it('makes strings only of lines that hold a needle while nobody wants all', () => {
    const text = 'boring\r\n:12::FAIL: x\r\nmore {{k;v}} ::after\nboring\n++ MbedOS\n';
    expect(scan(text, false)).toEqual([
      line(':12::FAIL: x'),
      message('k', 'v'),
      line(' ::after'),
      line('++ MbedOS'),
    ]);
  });

  it('gives a needle behind the cut of a long line no weight', () => {
    expect(scan(`${'x'.repeat(MAX_LINE_BYTES)}::\n:1::FAIL\n`, false)).toEqual([line(':1::FAIL')]);
  });

  it('starts and stops giving all lines inside a handler', () => {
    const lines: string[] = [];
    const scanner: GreenteaScanner = new GreenteaScanner(
      {
        onMessage: () => undefined,
        onLine: (text) => {
          lines.push(text);
          scanner.wantAllLines = text !== 'last';
        },
      },
      NEEDLES,
    );
    scanner.push(Buffer.from('a\n++ Mbed\nb\nlast\nc\n'), 0);
    expect(lines).toEqual(['++ Mbed', 'b', 'last']);
  });

  it('hands out nothing after stop, not even from the same chunk', () => {
    const keys: string[] = [];
    const scanner: GreenteaScanner = new GreenteaScanner({
      onLine: () => undefined,
      onMessage: (key) => {
        keys.push(key);
        scanner.stop();
      },
    });
    scanner.push(Buffer.from('{{a;1}}{{b;2}}'), 0);
    scanner.push(Buffer.from('{{c;3}}'), 0);
    expect(keys).toEqual(['a']);
  });

  it('shows the last lines up to the token that is being handed out', () => {
    let tail: string[] = [];
    const scanner: GreenteaScanner = new GreenteaScanner({
      onLine: () => undefined,
      onMessage: () => {
        tail = scanner.tailLines(2);
      },
    });
    scanner.push(Buffer.from('one\r\ntwo\r\n\r\n{{k;v}} later\n'), 0);
    expect(tail).toEqual(['two', '{{k;v}}']);
    expect(scanner.tailLines(1)).toEqual(['{{k;v}} later']);
  });

  it('finds what the regular expression finds, however the bytes are cut', () => {
    fc.assert(
      fc.property(consoleText, cuts, (text, places) => {
        const bytes = Buffer.from(text, 'latin1');
        const expected = tokensByRegex(text);
        expect(plain(collect([bytes], true))).toEqual(expected);
        expect(plain(collect(bytewise(bytes), true))).toEqual(expected);
        expect(plain(collect(cutAt(bytes, places), true))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same interesting lines, however the bytes are cut', () => {
    fc.assert(
      fc.property(consoleText, cuts, (text, places) => {
        const bytes = Buffer.from(text, 'latin1');
        const expected = tokensByRegex(text).filter(
          (token) => token.message || NEEDLES.some((needle) => token.line?.includes(needle)),
        );
        expect(plain(collect([bytes], false))).toEqual(expected);
        expect(plain(collect(bytewise(bytes), false))).toEqual(expected);
        expect(plain(collect(cutAt(bytes, places), false))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (bytes, places) => {
        expect(collect(cutAt(bytes, places), true)).toEqual(collect([bytes], true));
      }),
    );
  });

  it.each([
    ['a line without end', 'x'],
    ['a value without end', '{{k;v', 'v'],
    ['a key without end', '{{k', 'k'],
    ['open braces', '{'],
    ['half messages', '{{a;b{{'],
  ])('holds a bounded amount of %s', (_, first, more = first) => {
    const scanner = new GreenteaScanner({ onMessage: () => undefined, onLine: () => undefined });
    scanner.wantAllLines = true;
    scanner.push(Buffer.from(first), 0);
    const chunk = Buffer.from(more.repeat(65_536));
    for (let i = 0; i < 100; i++) scanner.push(chunk, 0);
    expect(scanner.retainedChars).toBeLessThanOrEqual(MAX_VALUE_BYTES + MAX_LINE_BYTES + 16_384);
  });
});
