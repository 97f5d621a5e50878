import { describe, expect, it } from '@jest/globals';
import { parseDocument } from 'yaml';
import {
  decodeText,
  jsonLineOf,
  KeyWatch,
  parseJsonInSteps,
  parseJsonOnce,
  yamlLineOf,
} from '../src/index.js';

const JSON_TEXT = `{
  "builds": {
    "K64F": { "tests": [ {"name": "a", "n": [1, {"x": "}]"}]},
      {"name": "b"}
    ] }
  },
  "n\\u0061me": -1.5e3, "empty": {}, "none": []
}`;

describe('JSON of a person or a tool', () => {
  it('is read as JSON.parse reads it', () => {
    expect(parseJsonOnce(JSON_TEXT)).toEqual(JSON.parse(JSON_TEXT));
    for (const text of ['1', '"a,{["', '[]', '[[],{}]', 'null', ' [ {"a":1} , {"a":2} ] '])
      expect(parseJsonOnce(text)).toEqual(JSON.parse(text));
  });

  it('is refused with both places when a name stands twice', () => {
    expect(() => parseJsonOnce('{"tests": {\n "t": 1,\n "u": 2,\n "\\u0074": 3}}')).toThrow(
      'tests.t stands twice, in line 2 and line 4',
    );
    expect(() => parseJsonOnce('[{"a":1},{"b":1,"b":1}]')).toThrow(
      '[1].b stands twice, in line 1 and line 1',
    );
    expect(() => parseJsonOnce('{"__proto__":1,"__proto__":2}')).toThrow('__proto__ stands twice');
  });

  it('has lines for its paths', () => {
    const lines = [
      ['builds'],
      ['builds', 'K64F', 'tests', 0, 'n', 1, 'x'],
      ['builds', 'K64F', 'tests', 1, 'name'],
      ['builds', 'K64F', 'tests', 1, 'missing'],
      ['name'],
    ].map((path) => jsonLineOf(JSON_TEXT, path));
    expect(lines).toEqual([2, 3, 4, 4, 7]);
  });
});

describe('YAML of a person', () => {
  const text = 'a: 1\nboards:\n  - serial: x\n    params:\n      deep: 1\n  - serial: y\n';

  it('has lines for its paths, that of the parent for what is missing', () => {
    const { contents } = parseDocument(text);
    const lines = [['a'], ['boards'], ['boards', 0, 'params', 'deep'], ['boards', 1, 'model'], []];
    expect(lines.map((path) => yamlLineOf(text, contents, path))).toEqual([1, 2, 5, 6, 1]);
  });

  it('names both places of a name that stands twice', () => {
    const twice = 'a: 1\nb:\n  c: 2\n  d: 2\n  c: 3\n';
    const watch = new KeyWatch();
    const { errors } = parseDocument(twice, { uniqueKeys: watch.isSame });
    expect(errors.map(({ code }) => code)).toEqual(['DUPLICATE_KEY']);
    expect(watch.complaint(twice)).toBe("'c' stands twice, in line 3 and line 5");
  });
});

describe('the bytes of a text file', () => {
  it.each([
    ['UTF-8', Buffer.from('{"ä": 1}')],
    ['UTF-8 with a mark', Buffer.from('\ufeff{"ä": 1}')],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"ä": 1}', 'utf16le')],
    ['UTF-16 the other way round', Buffer.from('\ufeff{"ä": 1}', 'utf16le').swap16()],
  ])('may be %s', (_, bytes) => {
    expect(decodeText(bytes)).toBe('{"ä": 1}');
  });
});

describe('a megabyte of JSON', () => {
  const items = Array(400_000).fill(0);

  it('is read in many small steps, to the same value', () => {
    const steps = parseJsonInSteps(JSON.stringify({ items }));
    let count = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) count += 1;
    expect(count).toBeGreaterThan(40);
    expect(step.value).toEqual({ items });
  });

  it('has a name that stands twice found at its end', () => {
    const text = `{"a":1,"items":${JSON.stringify(items)},"a":2}`;
    expect(() => parseJsonOnce(text)).toThrow('a stands twice');
  });
});
