import { describe, expect, it } from '@jest/globals';
import {
  causeWords,
  countBoards,
  groupByAgent,
  matchesBoard,
  NO_BOARD_FILTER,
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

describe('the list of boards', () => {
  it('counts as idle only what may take a run, and finds the same', () => {
    const ready = makeBoard('k64f-3');
    const boards = [busy, ill, away, ready, makeBoard('k64f-4', { health: 'maintenance' })];
    expect(countBoards(boards)).toEqual({ total: 5, idle: 1, leased: 1, offline: 1, unwell: 2 });
    const idle = { ...NO_BOARD_FILTER, availability: 'idle' } as const;
    expect(boards.filter((board) => matchesBoard(board, idle))).toEqual([ready]);
  });

  it('finds a board by its name and by its serial', () => {
    const named = makeBoard('0240000028884e45', { name: 'left' });
    for (const text of ['left', '28884e45'])
      expect(matchesBoard(named, { ...NO_BOARD_FILTER, text })).toBe(true);
  });

  it('groups by agent and sorts numbers as people do', () => {
    const agents = new Map([['rack-2', makeAgent('rack-2')]]);
    const groups = groupByAgent([busy, ill, away], agents);
    expect(groups.map((group) => group.agent)).toEqual(['rack-2', 'rack-10']);
    expect(groups[0]?.boards.map((board) => board.serial)).toEqual(['k64f-2', 'k64f-9']);
    expect(groups[1]?.view).toBeUndefined();
  });

  it('finds boards by words in any field, in any order and case', () => {
    const found = (text: string) =>
      [busy, ill, away].filter((board) => matchesBoard(board, { ...NO_BOARD_FILTER, text }));
    expect(found('socket K64F')).toEqual([busy]);
    expect(found('ETHERNET')).toEqual([busy]);
    expect(found('rack-2 suspect')).toEqual([ill]);
    expect(found('  ')).toHaveLength(3);
    expect(found('nothing')).toEqual([]);
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

  it('filters by availability and by health', () => {
    expect(matchesBoard(away, { ...NO_BOARD_FILTER, availability: 'offline' })).toBe(true);
    expect(matchesBoard(ill, { ...NO_BOARD_FILTER, availability: 'offline' })).toBe(false);
    expect(matchesBoard(ill, { ...NO_BOARD_FILTER, troubleOnly: true })).toBe(true);
    expect(matchesBoard(away, { ...NO_BOARD_FILTER, troubleOnly: true })).toBe(false);
  });
});
