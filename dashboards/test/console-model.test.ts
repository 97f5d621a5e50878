import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { ConsoleModel } from '../src/model/console-model.js';
import { isCut, MAX_WRAPPED_ROWS } from '../src/model/console-rows.js';
import { nextMatch } from '../src/model/console-search.js';

const rx = (text: string) => [
  { atUs: 0, direction: 'rx' as const, bytes: new Uint8Array(Buffer.from(text)) },
];

function filled(text: string): ConsoleModel {
  const model = new ConsoleModel();
  model.setLayout({ columns: 10, wrap: true, expanded: new Set() });
  model.push(rx(text));
  return model;
}

describe('rows of the console', () => {
  it('are as many as a line needs, up to a limit until it is expanded', () => {
    const model = filled(`short\n${'x'.repeat(25)}\n${'y'.repeat(1000)}\nend\n`);
    expect([0, 1, 2, 3, 4].map((index) => model.rows.startOf(index))).toEqual([
      0,
      1,
      4,
      4 + MAX_WRAPPED_ROWS,
      5 + MAX_WRAPPED_ROWS,
    ]);
    const long = model.lines[2];
    expect(long && isCut(long, model.rows.layout)).toBe(true);
    model.setLayout({ columns: 10, wrap: true, expanded: new Set([3]) });
    expect(model.rows.total).toBe(1 + 3 + 100 + 1);
    expect(long && isCut(long, model.rows.layout)).toBe(false);
  });

  it('are one per line without wrapping', () => {
    const model = filled(`${'x'.repeat(25)}\nend\n`);
    model.setLayout({ columns: 10, wrap: false, expanded: new Set() });
    expect(model.rows.total).toBe(2);
  });

  it('find the line of any row', () => {
    const model = filled(`a\n${'x'.repeat(25)}\nb\n`);
    expect([0, 1, 2, 3, 4, 99].map((row) => model.rows.indexAt(row))).toEqual([0, 1, 1, 1, 2, 2]);
  });

  it('keep count while the last line grows', () => {
    const model = filled('a\nbb');
    model.push(rx('x'.repeat(20)));
    expect(model.rows.total).toBe(1 + 3);
    model.push(rx('\nnew\n'));
    expect(model.rows.total).toBe(1 + 3 + 1);
  });
});

describe('search in the console', () => {
  it('goes on in lines that come later or grow', () => {
    const model = filled('Fault\nok\nfa');
    model.setTerm('FAULT');
    expect(model.search.numbers).toEqual([1]);
    model.push(rx('ult\nfault\n'));
    expect(model.search.numbers).toEqual([1, 3, 4]);
  });

  it('steps forward and back, around the ends', () => {
    const numbers = [4, 9, 12];
    expect(nextMatch(numbers, 0, 1)).toBe(0);
    expect(nextMatch(numbers, 9, 1)).toBe(2);
    expect(nextMatch(numbers, 12, 1)).toBe(0);
    expect(nextMatch(numbers, 4, -1)).toBe(2);
    expect(nextMatch(numbers, 12, -1)).toBe(1);
    expect(nextMatch([], 3, 1)).toBe(-1);
  });

  it('finds nothing for an empty term', () => {
    const model = filled('a\n');
    model.setTerm('a');
    model.setTerm('');
    expect(model.search.numbers).toEqual([]);
  });
});
