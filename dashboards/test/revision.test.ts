import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_FARM, hintsAtAgent, withBoard, withSnapshot } from '../src/model/farm-state.js';
import { keepLarger, mergeBoards } from '../src/model/revision.js';
import { makeAgent, makeBoard, makeRun, WALL_MS } from './support/fixture-views.js';

describe('views with a revision', () => {
  it('end the same whatever order snapshot and live events arrive in', () => {
    const view = fc.record({ id: fc.constantFrom('a', 'b', 'c'), revision: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(view), fc.nat(), (views, cut) => {
        const at = views.length === 0 ? 0 : cut % views.length;
        const turned = [...views.slice(at), ...views.slice(0, at)];
        const once = keepLarger(new Map(), views);
        let piecewise: ReadonlyMap<string, { id: string; revision: number }> = new Map();
        for (const one of turned) piecewise = keepLarger(piecewise, [one]);
        const revisions = (map: typeof once) =>
          [...map].map(([id, { revision }]) => `${id}${revision}`).sort();
        expect(revisions(piecewise)).toEqual(revisions(once));
      }),
    );
  });

  it('leave the map as it is when nothing is newer, so that nothing is drawn again', () => {
    const known = keepLarger(new Map(), [makeRun(1, { revision: 5 })]);
    expect(keepLarger(known, [makeRun(1, { revision: 5 }), makeRun(1, { revision: 4 })])).toBe(
      known,
    );
  });
});

describe('boards', () => {
  const idle = makeBoard('b1', { sinceMs: WALL_MS, runsFinished: 3 });
  const leased = makeBoard('b1', {
    sinceMs: WALL_MS + 10,
    availability: 'leased',
    runsFinished: 3,
  });

  it('keep the state that is younger', () => {
    expect(mergeBoards(mergeBoards(new Map(), [leased]), [idle]).get('b1')).toBe(leased);
    expect(mergeBoards(mergeBoards(new Map(), [idle]), [leased]).get('b1')).toBe(leased);
  });

  it('that a snapshot lacks are gone, unless a live event came after it was asked for', () => {
    const farm = withBoard(withBoard(EMPTY_FARM, makeBoard('old')), makeBoard('new'));
    const snapshot = { boards: [idle], agents: [], submissions: [] };
    const after = withSnapshot(farm, snapshot, new Set(['new']));
    expect([...after.boards.keys()].sort()).toEqual(['b1', 'new']);
  });

  it('hint at their agent when they come, go offline, or belong to an unknown one', () => {
    const agents = [makeAgent('virtual-1')];
    const farm = withSnapshot(EMPTY_FARM, { boards: [idle], agents, submissions: [] }, new Set());
    expect(hintsAtAgent(farm, leased)).toBe(false);
    expect(hintsAtAgent(farm, { ...idle, availability: 'offline' })).toBe(true);
    expect(hintsAtAgent(farm, makeBoard('b2'))).toBe(true);
    expect(hintsAtAgent(farm, { ...idle, agent: 'rack-9' })).toBe(true);
  });
});
