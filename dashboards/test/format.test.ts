import { describe, expect, it } from '@jest/globals';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatElapsed,
  formatEta,
  formatMetric,
  formatOffset,
  formatProgress,
  formatWithUtc,
  plural,
} from '../src/model/format.js';

/** Narrow no-break spaces stand between numbers and units; tests read better without. */
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('moments', () => {
  it('are told here and in UTC', () => {
    const [here, utc] = formatWithUtc(Date.UTC(2026, 2, 9, 14, 5, 33)).split('\n');
    expect(here).toMatch(/^2026-03-\d\d \d\d:\d5:33$/);
    expect(utc).toBe('2026-03-09 14:05:33 UTC');
  });
});

describe('durations', () => {
  it('have three digits and a unit that fits', () => {
    const shown = [0, 0.042, 8.5, 412, 999.4, 1000, 4200, 59_949].map(formatDuration).map(plain);
    expect(shown).toEqual([
      '0 ms',
      '42 µs',
      '8.5 ms',
      '412 ms',
      '999 ms',
      '1 s',
      '4.2 s',
      '59.9 s',
    ]);
  });

  it('go over to minutes, hours and days without a sixtieth second', () => {
    const shown = [59_950, 185_000, 3_599_600, 7_440_000, 273_600_000].map(formatDuration);
    expect(shown.map(plain)).toEqual([
      '1 min 00 s',
      '3 min 05 s',
      '1 h 00 min',
      '2 h 04 min',
      '3 d 4 h',
    ]);
  });

  it('never run backwards when two clocks disagree', () => {
    expect(plain(formatElapsed(-5000))).toBe('0 s');
    expect(formatAgo(10_000, 4000)).toBe('just now');
  });

  it('are coarse where they are estimates', () => {
    const shown = [0, 9999, 42_000, 56_000, 400_000, 5_400_000].map(formatEta).map(plain);
    expect(shown).toEqual([
      'a few seconds',
      'a few seconds',
      'about 40 s',
      'about 1 min',
      'about 7 min',
      'about 1.5 h',
    ]);
  });
});

describe('numbers', () => {
  it('carry decimal byte units', () => {
    expect([0, 999, 1000, 10_485_760].map(formatBytes).map(plain)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '10.5 MB',
    ]);
  });

  it('print each metric in its own unit', () => {
    expect(plain(formatMetric(12_345, 'cycles'))).toBe('12,345 cycles');
    expect(plain(formatMetric(4.25, 'us'))).toBe('4.25 µs');
    expect(plain(formatMetric(1_200_000, 'bytes_per_second'))).toBe('1.2 MB/s');
    expect(formatMetric(7, 'count')).toBe('7');
  });

  it('keep the decimals of console offsets fixed so that columns align', () => {
    expect(formatOffset(1234, 6)).toBe('0.001234');
    expect(formatOffset(83_120_000, 3)).toBe('83.120');
  });

  it('say how far cases are, also while the total is unknown', () => {
    expect(formatProgress(7, 12)).toBe('7 / 12');
    expect(formatProgress(7, null)).toBe('7');
    expect(formatProgress(0, null)).toBe('–');
    expect(plural(1, 'board')).toBe('1 board');
    expect(plural(5000, 'run')).toBe('5,000 runs');
  });
});
