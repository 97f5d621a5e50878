import { requirementClass } from '@greenrack/board-inventory';
import type { Band, BoardSpec, Requirement } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LaneSummary } from '../../src/schedule/lane-summary.js';
import { chooseLane, ScheduleIndex, schedule } from '../../src/schedule/schedule.js';
import { board, need } from '../support/plain-farm.js';

interface LaneText {
  need?: Partial<Requirement>;
  band?: Band;
  tenant?: string;
  waiting?: number;
  oldestMs?: number;
  avoid?: readonly string[];
  healthCheck?: boolean;
  partners?: readonly Partial<Requirement>[];
}

function lane(text: LaneText): LaneSummary {
  const requirement = need(text.need);
  const band = text.band ?? 'normal';
  const tenant = text.tenant ?? 'default';
  const partners = text.partners?.map(need);
  const classes = [requirementClass(requirement, text.avoid)];
  for (const partner of partners ?? []) classes.push(requirementClass(partner));
  const own = { requirementClass: classes.join('+'), band, tenant };
  const key = `${band}/${tenant}/${own.requirementClass}`;
  const { waiting = 1, oldestMs = 0, avoid, healthCheck } = text;
  const more = {
    ...(avoid && { avoid }),
    ...(healthCheck && { healthCheck }),
    ...(partners && { partners }),
  };
  return { key, lane: own, requirement, waiting, oldestMs, ...more };
}

function decide(
  idle: readonly BoardSpec[],
  lanes: readonly LaneSummary[],
  more: {
    boards?: readonly BoardSpec[];
    usable?: readonly string[];
    suspect?: readonly string[];
    usage?: ReadonlyMap<string, number>;
  } = {},
): Record<string, string | undefined> {
  const index = new ScheduleIndex(more.boards ?? idle);
  const usable = new Set(more.usable ?? idle.map(({ serial }) => serial));
  const suspect = new Set(more.suspect);
  const state = { idle, suspect, lanes, usable, usage: more.usage ?? new Map() };
  const decisions = schedule(state, index);
  return Object.fromEntries(decisions.map((d) => [d.boardSerial, d.lanes[0]?.key]));
}

/** No board is suspect, nobody has used any. */
const TRUSTED = { suspect: new Set<string>(), usage: new Map<string, number>() };

describe('schedule', () => {
  it('serves the higher band first, however old the others are', () => {
    const urgent = lane({ band: 'urgent', oldestMs: 900 });
    const low = lane({ band: 'low', oldestMs: 1 });
    expect(decide([board('A')], [low, urgent])).toEqual({ A: urgent.key });
  });

  it('serves the tenant with the least board time within a band', () => {
    const busy = lane({ tenant: 'busy', oldestMs: 1 });
    const quiet = lane({ tenant: 'quiet', oldestMs: 900 });
    const usage = new Map([['busy', 5000]]);
    expect(decide([board('A')], [busy, quiet], { usage })).toEqual({ A: quiet.key });
  });

  it('serves the run that waits longest when tenants are even', () => {
    const old = lane({ need: { tags: ['x'] }, oldestMs: 1 });
    const young = lane({ oldestMs: 2 });
    expect(decide([board('A', { tags: ['x'] })], [young, old])).toEqual({ A: old.key });
  });

  it('shares boards that come free at once between even tenants', () => {
    const lanes = [lane({ tenant: 'a', waiting: 9 }), lane({ tenant: 'b', waiting: 9 })];
    const chosen = Object.values(
      decide(
        ['A', 'B', 'C', 'D'].map((s) => board(s)),
        lanes,
      ),
    );
    expect(chosen.filter((key) => key?.includes('/a/'))).toHaveLength(2);
  });

  it('keeps the only board with the rare fixture free while a plain one is idle', () => {
    const rare = board('A', { fixtures: ['ethernet'] });
    expect(decide([rare, board('Z')], [lane({})])).toEqual({ Z: lane({}).key });
  });

  it('gives a plain run to the rare board when nothing else is idle', () => {
    const rare = board('A', { fixtures: ['ethernet'] });
    const boards = [rare, board('Z')];
    expect(decide([rare], [lane({})], { boards })).toEqual({ A: lane({}).key });
  });

  it('prefers a fixture that many boards have over one that few have', () => {
    const common = ['C1', 'C2', 'C3'].map((s) => board(s, { fixtures: ['loopback:D2-D3'] }));
    const rare = board('A', { fixtures: ['ppk2'] });
    expect(Object.keys(decide([rare, ...common], [lane({})]))).toEqual(['C1']);
  });

  it('leaves a board to the run that is pinned to it', () => {
    const pinned = lane({ need: { board: 'A' }, oldestMs: 9 });
    const any = lane({ oldestMs: 1 });
    const decided = decide([board('A'), board('B')], [any, pinned]);
    expect(decided).toEqual({ A: pinned.key, B: any.key });
  });

  it('gives nothing to boards that no waiting run can use', () => {
    expect(decide([board('A')], [lane({ need: { target: 'NRF52840_DK' } })])).toEqual({});
    expect(decide([board('A')], [lane({ need: { fixtures: ['ethernet'] } })])).toEqual({});
    expect(decide([board('A')], [lane({ need: { board: 'B' } })])).toEqual({});
  });

  it('names the other lanes that the board can serve, in their order', () => {
    const first = lane({ band: 'high' });
    const second = lane({ band: 'normal' });
    const other = lane({ need: { target: 'NUCLEO_F401RE' } });
    const index = new ScheduleIndex([board('A')]);
    const lanes = [second, other, first];
    const state = { ...TRUSTED, idle: [board('A')], lanes, usable: new Set('A') };
    expect(schedule(state, index)[0]?.lanes).toEqual([first, second]);
    expect(chooseLane('A', state, index)).toEqual([first, second]);
  });
});

describe('a run that avoids the board that failed it', () => {
  const avoiding = lane({ avoid: ['A'], oldestMs: 1 });
  const plain = lane({ oldestMs: 2 });
  const boards = [board('A'), board('B')];

  it('goes to another board, however few that leaves', () => {
    expect(decide(boards, [avoiding])).toEqual({ B: avoiding.key });
  });

  it('waits for another board that is busy, and leaves the idle one to the next run', () => {
    const more = { boards, usable: ['A', 'B'] };
    expect(decide([board('A')], [avoiding], more)).toEqual({});
    expect(decide([board('A')], [avoiding, plain], more)).toEqual({ A: plain.key });
  });

  it('takes the old board when no other one is usable', () => {
    expect(decide([board('A')], [avoiding], { boards, usable: ['A'] })).toEqual({
      A: avoiding.key,
    });
  });

  it('takes an old board when all that can serve it have failed it', () => {
    const all = lane({ avoid: ['A', 'B'] });
    expect(decide(boards, [all])).toEqual({ A: all.key });
    const rare = lane({ avoid: ['A'], need: { fixtures: ['ethernet'] } });
    const wired = [board('A', { fixtures: ['ethernet'] }), board('B')];
    expect(decide(wired, [rare])).toEqual({ A: rare.key });
  });

  it('is not among the lanes that the old board falls back to', () => {
    const index = new ScheduleIndex(boards);
    const state = { ...TRUSTED, lanes: [avoiding, plain], usable: new Set(['A', 'B']) };
    expect(chooseLane('A', state, index)).toEqual([plain]);
    expect(chooseLane('B', state, index)).toEqual([avoiding, plain]);
  });
});

describe('a suspect board', () => {
  const boards = [board('A'), board('B')];
  const check = lane({ need: { board: 'A' }, tenant: 'farm', healthCheck: true });
  const pinned = lane({ need: { board: 'A' } });
  const plain = lane({ band: 'urgent' });

  it('takes nothing but its health check', () => {
    const suspect = ['A'];
    expect(decide(boards, [plain, pinned], { suspect })).toEqual({ B: plain.key });
    expect(decide(boards, [plain, pinned, check], { suspect })).toEqual({
      ...{ A: check.key, B: plain.key },
    });
  });

  it('has its check to itself, and no work to fall back to', () => {
    const index = new ScheduleIndex(boards);
    const lanes = [plain, pinned, check];
    const state = { ...TRUSTED, idle: boards, lanes, usable: new Set('B'), suspect: new Set('A') };
    expect(chooseLane('A', state, index)).toEqual([check]);
    expect(chooseLane('B', state, index)).toEqual([plain]);
  });

  it('leaves its check alone once it is trusted again', () => {
    expect(decide(boards, [check])).toEqual({});
  });
});

const ALL: ReadonlySet<string> = new Set(Array.from({ length: 12 }, (_, i) => `B${i}`));
const FIXTURES = ['ethernet', 'ppk2', 'loopback'];
const someFixtures = fc.subarray(FIXTURES);
const someBoards = fc
  .array(fc.record({ fixtures: someFixtures, target: fc.constantFrom('K64F', 'NRF') }), {
    maxLength: 12,
  })
  .map((list) => list.map((more, i) => board(`B${i}`, more)));
const someLane = fc
  .record({
    fixtures: someFixtures,
    target: fc.constantFrom('K64F', 'NRF'),
    band: fc.constantFrom<Band>('urgent', 'normal', 'low'),
    tenant: fc.constantFrom('a', 'b'),
    waiting: fc.integer({ min: 1, max: 5 }),
    oldestMs: fc.nat(100),
    avoid: fc.subarray(['B0', 'B1', 'B2', 'B3']),
  })
  .map(({ fixtures, target, ...rest }) => lane({ ...rest, need: { fixtures, target } }));
const someLanes = fc.uniqueArray(someLane, { selector: ({ key }) => key, maxLength: 10 });

describe('schedule, for any boards and lanes', () => {
  it('gives a board one lane that it can serve, and a lane no more boards than it has runs', () => {
    fc.assert(
      fc.property(someBoards, someLanes, (boards, lanes) => {
        const index = new ScheduleIndex(boards);
        const decisions = schedule({ ...TRUSTED, idle: boards, lanes, usable: ALL }, index);
        const serials = decisions.map(({ boardSerial }) => boardSerial);
        expect(new Set(serials).size).toBe(serials.length);
        for (const { boardSerial, lanes: order } of decisions)
          for (const one of order) expect(index.able(one, ALL).has(boardSerial)).toBe(true);
        for (const one of lanes) {
          const given = decisions.filter((d) => d.lanes[0]?.key === one.key).length;
          expect(given).toBeLessThanOrEqual(one.waiting);
        }
      }),
    );
  });

  it('leaves no board idle that a run still waits for', () => {
    fc.assert(
      fc.property(someBoards, someLanes, (boards, lanes) => {
        const index = new ScheduleIndex(boards);
        const decisions = schedule({ ...TRUSTED, idle: boards, lanes, usable: ALL }, index);
        const used = new Set(decisions.map(({ boardSerial }) => boardSerial));
        for (const one of lanes) {
          const given = decisions.filter((d) => d.lanes[0]?.key === one.key).length;
          const left = [...index.able(one, ALL)].filter((serial) => !used.has(serial));
          if (given < one.waiting) expect(left).toEqual([]);
        }
      }),
    );
  });

  it('never serves a lower band with a board that a higher one still waits for', () => {
    fc.assert(
      fc.property(someBoards, someLanes, (boards, lanes) => {
        const index = new ScheduleIndex(boards);
        const decisions = schedule({ ...TRUSTED, idle: boards, lanes, usable: ALL }, index);
        const given = (key: string) => decisions.filter((d) => d.lanes[0]?.key === key).length;
        for (const one of lanes.filter((l) => l.lane.band === 'urgent' && given(l.key) < l.waiting))
          for (const { boardSerial, lanes: order } of decisions)
            if (index.able(one, ALL).has(boardSerial)) expect(order[0]?.lane.band).toBe('urgent');
      }),
    );
  });
});

describe('runs of several boards', () => {
  const [a, b, c] = [board('A'), board('B'), board('C')];
  const racks = new Map([
    ['one', [a, b]],
    ['two', [c]],
  ]);
  const joining = new Set(['one', 'two']);
  const decideIn = (idle: readonly BoardSpec[], lanes: readonly LaneSummary[], here = joining) => {
    const index = new ScheduleIndex([a, b, c], racks);
    const state = { ...TRUSTED, idle, lanes, joining: here, usable: new Set(['A', 'B', 'C']) };
    return schedule(state, index).map(({ boardSerial, partners = [], lanes: [first] }) => [
      first?.key,
      boardSerial,
      ...partners,
    ]);
  };
  const gang = (oldestMs: number) => lane({ partners: [{}], oldestMs });

  it('take boards of one agent, all at once', () => {
    const pair = gang(1);
    expect(decideIn([c, b, a], [pair])).toEqual([[pair.key, 'A', 'B']]);
    expect(decideIn([a, c], [pair])).toEqual([]);
  });

  it('keep the free ones until all are free, when it is their turn', () => {
    const [pair, single] = [gang(1), lane({ oldestMs: 2, waiting: 5 })];
    expect(decideIn([a, c], [pair, single])).toEqual([[single.key, 'C']]);
    expect(decideIn([a, b, c], [single, pair])).toEqual([
      [pair.key, 'A', 'B'],
      [single.key, 'C'],
    ]);
  });

  it('keep nothing from those whose turn comes before', () => {
    const [pair, single] = [gang(2), lane({ oldestMs: 1 })];
    expect(decideIn([a], [pair, single])).toEqual([[single.key, 'A']]);
  });

  it('are not given to an agent that does not know them, and keep no board of it', () => {
    const [pair, single] = [gang(1), lane({ oldestMs: 2 })];
    expect(decideIn([a, b], [pair, single], new Set(['two']))).toEqual([[single.key, 'A']]);
  });

  it('keep nothing when no agent could ever serve them', () => {
    const [trio, single] = [lane({ partners: [{}, {}], oldestMs: 1 }), lane({ oldestMs: 2 })];
    expect(decideIn([a], [trio, single])).toEqual([[single.key, 'A']]);
  });
});
