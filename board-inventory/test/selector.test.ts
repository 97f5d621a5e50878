import { type BoardSpec, type Requirement, requirementSchema } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { meetsRequirement, requirementClass, whyNot } from '../src/index.js';

const board: BoardSpec = {
  serial: 'b-1',
  target: 'K64F',
  model: 'bench-k64f',
  tags: ['nightly', 'virtual'],
  fixtures: ['ethernet', 'loopback:D2-D3'],
  wiring: { driver: 'qemu', params: {} },
};
const need = (more: Partial<Requirement> = {}): Requirement =>
  requirementSchema.parse({ target: 'K64F', ...more });

describe('matching a board to a requirement', () => {
  it.each([
    ['its target alone', need()],
    ['its own serial', need({ board: 'b-1' })],
    ['some of its tags', need({ tags: ['virtual'] })],
    ['a fixture', need({ fixtures: ['ethernet'] })],
    ['a fixture with its parameter', need({ fixtures: ['loopback:D2-D3'] })],
    ['a fixture with any parameter', need({ fixtures: ['loopback'] })],
  ])('takes a run that asks for %s', (_what, requirement) => {
    expect(meetsRequirement(board, requirement)).toBe(true);
  });

  it.each([
    ['another target', need({ target: 'K66F' }), 'b-1 is a K64F, not a K66F'],
    ['another board', need({ board: 'b-2' }), 'the run is pinned to b-2, and this is b-1'],
    ['a tag it lacks', need({ tags: ['virtual', 'fast'] }), "b-1 has no tag 'fast'"],
    ['a fixture it lacks', need({ fixtures: ['ppk2'] }), "b-1 has no fixture 'ppk2'"],
    [
      'another parameter',
      need({ fixtures: ['loopback:D2-D4'] }),
      "b-1 has no fixture 'loopback:D2-D4'",
    ],
    [
      'a parameter of a fixture without',
      need({ fixtures: ['ethernet:1g'] }),
      "b-1 has no fixture 'ethernet:1g'",
    ],
  ])('refuses a run that asks for %s, and says so', (_what, requirement, reason) => {
    expect(meetsRequirement(board, requirement)).toBe(false);
    expect(whyNot(board, requirement)).toBe(reason);
  });
});

const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
const fixture = fc
  .tuple(word, fc.option(word))
  .map(([name, param]) => (param ? `${name}:${param}` : name));
const requirement = fc.record({
  target: fc.constantFrom('K64F', 'K66F'),
  fixtures: fc.array(fixture, { maxLength: 8 }),
  tags: fc.array(word, { maxLength: 8 }),
  board: fc.option(word, { nil: undefined }),
});
type Wanted = typeof requirement extends fc.Arbitrary<infer T> ? T : never;
const normal = (r: Wanted) => need(r as Partial<Requirement>);

describe('the class of a requirement', () => {
  it('is the target when nothing else is asked for', () => {
    expect(requirementClass(need())).toBe('K64F');
  });

  it('names the boards that are to be avoided, in any order', () => {
    expect(requirementClass(need(), ['b2', 'b1', 'b2'])).toBe('K64F|!b1,b2');
    expect(requirementClass(need({ board: 'b3' }), ['b1'])).toBe('K64F|||b3|!b1');
  });

  it('keeps a tag and a fixture of one name apart', () => {
    expect(requirementClass(need({ tags: ['a'] }))).not.toBe(
      requirementClass(need({ fixtures: ['a'] })),
    );
  });

  it('leaves out a fixture that a more exact one implies', () => {
    expect(requirementClass(need({ fixtures: ['loopback', 'loopback:D2-D3'] }))).toBe(
      'K64F|loopback:D2-D3',
    );
  });

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(requirement, (r) => {
        const shuffled = normal({
          ...r,
          tags: [...r.tags, ...r.tags].reverse(),
          fixtures: [...r.fixtures].reverse(),
        });
        expect(requirementClass(shuffled)).toBe(requirementClass(normal(r)));
      }),
    );
  });

  it('stays short for the longest requirement', () => {
    fc.assert(
      fc.property(requirement, (r) => {
        expect(requirementClass(normal(r)).length).toBeLessThanOrEqual(120);
      }),
    );
  });

  it('differs whenever some board takes one requirement and not the other', () => {
    const boards = fc.record({ tags: fc.array(word), fixtures: fc.array(fixture), serial: word });
    fc.assert(
      fc.property(requirement, requirement, boards, (a, b, some) => {
        const it = { ...board, ...some };
        if (requirementClass(normal(a)) !== requirementClass(normal(b))) return;
        expect(meetsRequirement(it, normal(a))).toBe(meetsRequirement(it, normal(b)));
      }),
    );
  });
});
