import { describe, expect, it } from '@jest/globals';
import { counted, table } from '../src/output/table.js';

const HEADINGS = ['RUN', 'BOARD', 'MESSAGE'];
const ROWS = [
  ['a', 'virt-m3-01', ''],
  ['longer', 'virt-m3-02', 'something that cannot be said in a few words'],
];

describe('a table', () => {
  it('is as wide as its content where nobody says how wide', () => {
    expect(table(HEADINGS, ROWS)).toBe(
      [
        'RUN     BOARD       MESSAGE',
        'a       virt-m3-01',
        'longer  virt-m3-02  something that cannot be said in a few words',
      ].join('\n'),
    );
  });

  it('cuts its last column to the width', () => {
    const last = table(HEADINGS, ROWS, 50).split('\n').at(-1);
    expect(last).toBe('longer  virt-m3-02  something that cannot be said…');
  });

  it('puts the last column below the row where it would be too narrow', () => {
    expect(table(HEADINGS, ROWS, 40)).toBe(
      [
        'RUN     BOARD',
        'a       virt-m3-01',
        'longer  virt-m3-02',
        '    something that cannot be said in a …',
      ].join('\n'),
    );
  });

  it('leaves short cells where they are, however narrow', () => {
    const rows = [['a', 'b', 'ok']];
    expect(table(['X', 'Y', 'Z'], rows, 10)).toBe('X  Y  Z\na  b  ok');
  });
});

describe('counted', () => {
  it.each([
    [0, '0 runs'],
    [1, '1 run'],
    [2, '2 runs'],
  ])('says how many: %i', (count, text) => {
    expect(counted(count, 'run')).toBe(text);
  });
});
