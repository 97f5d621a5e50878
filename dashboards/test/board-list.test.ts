import { BOARD_FIELDS, filterBy } from '@greenrack/farm-model';
import { describe, expect, it } from '@jest/globals';
import {
  boardSign,
  COUNT_FILTERS,
  causeWords,
  countBoards,
  groupByAgent,
  outOfService,
} from '../src/model/board-list.js';
import { makeAgent, makeBoard, WALL_MS } from './support/fixture-views.js';

const busy = makeBoard('k64f-10', {
  agent: 'rack-10',
  target: 'K64F',
  fixtures: ['ethernet'],
  availability: 'leased',
  current: {
    runId: 'r',
    runName: 'Net Socket',
    submissionId: 's',
    attemptId: 'a',
    startedMs: WALL_MS,
  },
});
const ill = makeBoard('k64f-9', { agent: 'rack-2', target: 'K64F', health: 'suspect' });
const away = makeBoard('k64f-2', { agent: 'rack-2', target: 'K64F', availability: 'offline' });
const boards = [
  busy,
  ill,
  away,
  makeBoard('k64f-3'),
  makeBoard('k64f-4', { health: 'maintenance' }),
];

describe('the list of boards', () => {
  it('counts as idle only what may take a run, and finds what it counts', () => {
    const counts = countBoards(boards);
    expect(counts).toEqual({ total: 5, idle: 1, leased: 1, offline: 1, unwell: 2 });
    for (const [name, filter] of Object.entries(COUNT_FILTERS)) {
      const found = boards.filter(filterBy(filter, BOARD_FIELDS).matches);
      expect(`${name}: ${found.length}`).toBe(`${name}: ${counts[name as keyof typeof counts]}`);
    }
  });

  it('finds a board by name, serial, what it runs and what is wired to it', () => {
    const found = (text: string) => boards.filter(filterBy(text, BOARD_FIELDS).matches);
    expect(found('socket K64F')).toEqual([busy]);
    expect(found('fixture:ethernet')).toEqual([busy]);
    expect(found('rack:rack-2 -state:offline')).toEqual([ill]);
    const named = makeBoard('0240000028884e45', { name: 'left' });
    for (const text of ['left', 'board:28884e45'])
      expect(filterBy(text, BOARD_FIELDS).matches(named)).toBe(true);
  });

  it('groups by agent and sorts numbers as people do', () => {
    const agents = new Map([['rack-2', makeAgent('rack-2')]]);
    const groups = groupByAgent([busy, ill, away], agents);
    expect(groups.map((group) => group.agent)).toEqual(['rack-2', 'rack-10']);
    expect(groups[0]?.boards.map((board) => board.serial)).toEqual(['k64f-2', 'k64f-9']);
    expect(groups[1]?.view).toBeUndefined();
  });

  it('says first why a board is not trusted', () => {
    const seen = { health: 'quarantined', cause: 'its agent offers it' } as const;
    expect(causeWords(makeBoard('b', { ...seen, healthCause: 'its check failed' }))).toBe(
      'its check failed',
    );
    expect(causeWords(makeBoard('b', { cause: 'its agent offers it' }))).toBe(
      'its agent offers it',
    );
  });

  it('names a cause that a whole rack shares once, and the worst first', () => {
    const gone = { agent: 'rack-3', availability: 'offline', cause: 'its agent is gone' } as const;
    const out = outOfService([
      makeBoard('b1', gone),
      makeBoard('b2', gone),
      makeBoard('b3', { health: 'quarantined', cause: 'its check failed' }),
      makeBoard('b4'),
    ]);
    expect(out.map(({ sign, boards: members }) => `${sign} ${members.length}`)).toEqual([
      'quarantined 1',
      'offline 2',
    ]);
  });

  it('shows that a board is not there before that it is not trusted', () => {
    expect(boardSign(makeBoard('b', { availability: 'offline', health: 'suspect' }))).toBe(
      'offline',
    );
    expect(boardSign(makeBoard('b', { availability: 'leased', health: 'good' }))).toBe('leased');
    expect(boardSign(makeBoard('b', { health: 'quarantined' }))).toBe('quarantined');
  });
});
