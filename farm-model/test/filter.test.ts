import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filterBy, MAX_FILTER_CHARS, parseFilter } from '../src/index.js';

interface Thing {
  readonly name: string;
  readonly tags: readonly string[];
}
const FIELDS = { name: ({ name }: Thing) => [name], tag: ({ tags }: Thing) => tags };
const things: Thing[] = [
  { name: 'power cut', tags: ['nightly', 'flash'] },
  { name: 'context switch', tags: ['nightly'] },
  { name: 'Flash erase', tags: [] },
];
const found = (text: string) =>
  things.filter(filterBy(text, FIELDS).matches).map((one) => one.name);

describe('a filter', () => {
  it('finds everything when it is empty', () => {
    expect(found('  ')).toHaveLength(3);
  });

  it('finds words anywhere, in either case, and all of them', () => {
    expect(found('flash')).toEqual(['power cut', 'Flash erase']);
    expect(found('flash NIGHTLY')).toEqual(['power cut']);
  });

  it('looks in one field when it is named', () => {
    expect(found('name:flash')).toEqual(['Flash erase']);
  });

  it('excludes what has a minus before it', () => {
    expect(found('-name:flash')).toEqual(['power cut', 'context switch']);
    expect(found('tag:nightly -flash')).toEqual(['context switch']);
  });

  it('takes a comma as or, and quotes for blanks', () => {
    expect(found('name:"power cut",erase')).toEqual(['power cut', 'Flash erase']);
    expect(found('-name:"power cut",erase')).toEqual(['context switch']);
  });

  it('says which fields there are when one is unknown, and goes on without it', () => {
    const { matches, problems } = filterBy('colour:red name:erase', FIELDS);
    expect(things.filter(matches)).toHaveLength(1);
    expect(problems).toEqual(["there is no 'colour:' here; there are name, tag"]);
  });

  it('hides nothing while a field still waits for its value', () => {
    expect(found('name:')).toHaveLength(3);
    expect(parseFilter('name:', ['name']).problems).toEqual(["'name:' needs a value"]);
  });

  it('hides nothing while somebody has typed no more than a minus or a quote', () => {
    for (const text of ['-', '"', '-"', ',', '-,']) expect(found(text)).toHaveLength(3);
  });

  it('takes an open quote as it stands', () => {
    expect(found('name:"power c')).toEqual(['power cut']);
  });

  it('comes to an end with whatever is typed, and reads no more than its length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2 * MAX_FILTER_CHARS }), (text) => {
        const { terms } = parseFilter(text, ['name']);
        expect(terms.length).toBeLessThanOrEqual(MAX_FILTER_CHARS);
      }),
    );
  });
});
