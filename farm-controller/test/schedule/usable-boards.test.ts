import type { BoardView } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { UsableBoards } from '../../src/schedule/usable-boards.js';

function view(serial: string, sinceMs: number, more: Partial<BoardView> = {}): BoardView {
  return {
    ...{ serial, sinceMs, target: 'K64F', model: 'k64f', agent: 'a', driver: 'qemu' },
    ...{ tags: [], fixtures: [], cause: '', actor: '', current: null, runsFinished: 0 },
    ...{ availability: 'idle', health: 'good' },
    ...more,
  };
}

describe('UsableBoards', () => {
  it.each<[string, Partial<BoardView>, boolean]>([
    ['idle and good', {}, true],
    ['leased and good', { availability: 'leased' }, true],
    ['offline', { availability: 'offline' }, false],
    ['suspect', { health: 'suspect' }, false],
    ['quarantined', { health: 'quarantined' }, false],
    ['in maintenance', { health: 'maintenance' }, false],
  ])('judges a board that is %s', (_state, more, isUsable) => {
    const boards = new UsableBoards();
    expect(boards.note([view('B1', 1, more)])).toBe(isUsable);
    expect(boards.serials.has('B1')).toBe(isUsable);
  });

  it('says whether anything has changed', () => {
    const boards = new UsableBoards();
    expect(boards.note([view('B1', 1), view('B2', 1, { availability: 'offline' })])).toBe(true);
    expect(boards.note([view('B1', 2, { availability: 'leased' })])).toBe(false);
    expect(boards.note([view('B1', 3, { health: 'suspect' })])).toBe(true);
  });

  it('believes the newer view, whichever comes first', () => {
    const boards = new UsableBoards();
    boards.note([view('B1', 5, { availability: 'offline' })]);
    expect(boards.note([view('B1', 4)])).toBe(false);
    expect(boards.serials.size).toBe(0);
  });
});
