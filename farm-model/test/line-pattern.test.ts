import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linePattern, patternFault } from '../src/line-pattern.js';

const matches = (pattern: string, line: string) => linePattern(pattern).matches(line);

describe('an expected line', () => {
  it('given as text must be contained, whatever characters it has', () => {
    expect(matches('a.b (1)', 'x a.b (1) y')).toBe(true);
    expect(matches('a.b', 'axb')).toBe(false);
  });

  it.each([
    ['/a.c/', 'xabcx', true],
    ['/^a.c$/', 'xabc', false],
    ['/^a.c$/', 'abc', true],
    ['/PASSED$/i', 'has passed', true],
    ['/PASSED$/', 'has passed', false],
    [
      "/Test suite '.*\\(TFM_[A-Z]+_\\d{4}\\)' has +PASSED/",
      "Test suite 'x (TFM_PS_2001)' has  PASSED!",
      true,
    ],
    [
      "/Test suite '.*\\(TFM_[A-Z]+_\\d{4}\\)' has +PASSED/",
      "Test suite 'x (TFM_PS_201)' has  PASSED!",
      false,
    ],
    ['/(ab|cd)+e{2,3}$/', 'xabcdee', true],
    ['/^(ab|cd)+e{2,3}$/', 'abcde', false],
    ['/[^0-9]x[-a]]/', 'ax-]', true],
    ['/\\bend\\b/', 'the end.', true],
    ['/\\bend\\b/', 'bending', false],
    ['/(a*)*b/', 'aaac', false],
    ['/a||b/', '', true],
    ['/\\x41\\t\\S/', 'A\tx', true],
    ['/[a-z]/i', 'Q', true],
    ['/{x/', 'a{x', true],
  ])('%s in %j: %s', (pattern, line, expected) => {
    expect(matches(pattern, line)).toBe(expected);
  });

  it.each([
    '/(/',
    '/a)/',
    '/*a/',
    '/(?=a)b/',
    '/(a)\\1/',
    '/a{3,2}/',
    '/[b-a]/',
    '/[a/',
    '/\\q/',
    '/(a{200}){200}/',
    '/(((((){200}){200}){200}){200}){200}x/',
    '/(((((a?){200}){200}){200}){200}){200}/',
  ])('%s is refused', (pattern) => {
    expect(() => linePattern(pattern)).toThrow(SyntaxError);
    expect(patternFault(pattern)).toContain('not a usable regular expression');
  });

  it.each([
    '/[a-zA-Z0-9 .:;_-]{257}/',
    '/(.{1,40}a){20}$/',
    `/${'[^\\pL]'.repeat(5)}/`,
    `/${'a'.repeat(300)}/`,
  ])('%s is refused as too dear', (pattern) => {
    expect(patternFault(pattern)).toMatch(/steps, more than 256|more than 4 classes/);
  });

  it('is looked for in fewer characters of a line the more steps it takes', () => {
    const dear = linePattern('/[a-z]{200}X/');
    const line = `${'a'.repeat(200)}X`;
    expect(dear.matches(line)).toBe(true);
    expect(dear.matches(' '.repeat(300) + line)).toBe(false);
    expect(linePattern('/X$/').matches(`${' '.repeat(1023)}X`)).toBe(true);
  });

  it('judges expressions that would take others for ever', () => {
    const line = `${'a'.repeat(1000)}!`;
    for (const pattern of ['/^(a+)+$/', '/^(a|aa)+$/', '/(a*)*b/', '/^(.*a){12}b$/'])
      expect(matches(pattern, line)).toBe(false);
  });

  it('agrees with the regular expressions of the language', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\s',
      '(a|b)',
      '(?:ab)',
      '(a|)',
      '^',
      '$',
      '\\b',
    );
    const counted = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{2,}'))
      .map(([item, count]) => (/^(\^|\$|\\b)$/.test(item) ? item : item + count));
    const source = fc.array(fc.array(counted, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'c'), maxLength: 12 });
    const property = fc.property(source, text, (parts, line) => {
      const regex = parts.map((items) => items.join('')).join('|');
      if (regex === '') return;
      expect([regex, line, matches(`/${regex}/`, line)]).toEqual([
        regex,
        line,
        new RegExp(regex).test(line),
      ]);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('never fails in another way than by a SyntaxError', () => {
    const property = fc.property(
      fc.string({ maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      (source, line) => {
        try {
          linePattern(`/${source}/`).matches(line);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });
});
