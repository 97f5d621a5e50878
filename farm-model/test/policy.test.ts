import { describe, expect, it } from '@jest/globals';
import { policySchema } from '@greenrack/farm-protocol';
import { expectationOf, isMeant, matchesWildcard, suitesOfChange } from '../src/index.js';

describe('wildcards', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcd', false],
    ['?b?', 'abc', true],
    ['?', '', false],
    ['A-*-b*', 'a-x-y-bz', true],
    ['*a*b*c*', 'xxaxxbxxcxx', true],
    ['abc', 'ab', false],
  ])('%s fits %s: %s', (pattern, text, fits) => {
    expect(matchesWildcard(pattern, text)).toBe(fits);
  });

  it('ends quickly on patterns made to be slow', () => {
    expect(matchesWildcard(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('paths of a policy', () => {
  it.each([
    [['src/**'], 'src/a/b.c', true],
    [['src/**'], 'src', true],
    [['src/*'], 'src/a/b.c', false],
    [['**/*.c'], 'b.c', true],
    [['**/*.c'], 'x/y/b.c', true],
    [['**'], 'anything/at/all', true],
    [['src/**', '!src/docs/**'], 'src/docs/a.md', false],
    [['!src/docs/**', 'src/**'], 'src/docs/a.md', true],
    [['a/**/z'], 'a/z', true],
    [['a/**/z'], 'a/b/c/z', true],
    [['a/**/z'], 'a/b/c/y', false],
    [['docs/**'], 'src/a.c', false],
  ])('%j mean %s: %s', (patterns, path, isSo) => {
    expect(isMeant(patterns, path)).toBe(isSo);
  });

  it('are found quickly in patterns made to be slow', () => {
    expect(isMeant([`${'**/*a*/'.repeat(25)}b`], Array(400).fill('aaaa').join('/'))).toBe(false);
  });
});

describe('a policy', () => {
  const policy = policySchema.parse({
    version: 1,
    suites: [
      { name: 'smoke', targets: ['K64F'] },
      { name: 'net', targets: ['K64F'], paths: ['net/**'] },
    ],
  });
  const names = (changed: string[] | undefined) =>
    suitesOfChange(policy, changed).map(({ name }) => name);

  it('asks for what a change touches, and for all when that is not known', () => {
    expect(names(['docs/a.md'])).toEqual(['smoke']);
    expect(names(['docs/a.md', 'net/tcp.c'])).toEqual(['smoke', 'net']);
    expect(names(undefined)).toEqual(['smoke', 'net']);
  });

  it('expects failures until their day is over everywhere', () => {
    const until = { case: 'net: *', run: 'smoke', reason: 'board 3', until: '2026-11-30' };
    const of = (name: string, at: string) =>
      expectationOf([until], { run: 'smoke', name }, Date.parse(at))?.reason;
    expect(of('net: dhcp', '2026-12-01T11:59:59Z')).toBe('board 3');
    expect(of('net: dhcp', '2026-12-01T12:00:00Z')).toBeUndefined();
    expect(of('other', '2026-11-01T00:00:00Z')).toBeUndefined();
  });
});
