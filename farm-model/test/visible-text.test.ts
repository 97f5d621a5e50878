import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { visibleText } from '../src/visible-text.js';

describe('what a person sees of a console line', () => {
  it.each([
    ['plain \t text é 漢 😀', 'plain \t text é 漢 😀'],
    ['\x1b[1;31mred\x1b[0m', 'red'],
    ['\x1b[38;2;1;2;3mtrue colour\x1b[m', 'true colour'],
    ['\x1b[?25l\x1b[2J\x1b[1;1Hhome', 'home'],
    ['\x9b31mred', 'red'],
    ['\x1b]0;a title\x07shell', 'shell'],
    ['\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['\x1bPq#0\x1b\\sixel', 'sixel'],
    ['\x90q\x9cone byte', 'one byte'],
    ['\x1b(Bcharset\x1b7\x1b8\x1bc', 'charset'],
    ['a\x00b\x7fc\ufffdd\x07', 'abcd'],
    ['abx\bc', 'abc'],
    ['\b\bx', 'x'],
    ['cut \x1b[1;3', 'cut '],
    ['cut \x1b', 'cut '],
    // A string that never ends is none: what follows is shown.
    ['\x1b]0;no end', '0;no end'],
    ['\x1b]0;broken\x1b[31m off', '0;broken off'],
  ])('%j is %j', (line, seen) => {
    expect(visibleText(line)).toBe(seen);
  });

  it('holds no control character but the tab, and is the same when it is looked at again', () => {
    const unit = fc.constantFrom(
      'a',
      ';',
      '[',
      ']',
      'P',
      '\\',
      '\x1b',
      '\x9b',
      '\x9c',
      '\x07',
      '\0',
      '\b',
      '\t',
      '1',
      '(',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (line) => {
        const seen = visibleText(line);
        expect(seen).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
        expect(visibleText(seen)).toBe(seen);
      }),
    );
  });
});
