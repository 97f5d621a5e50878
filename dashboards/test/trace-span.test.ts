import { describe, expect, it } from '@jest/globals';
import { formatCurrent, spanBetween, wider } from '../src/model/trace-span.js';

const trace = { sampleRateHz: 100_000, samples: 1_000_000 };

describe('a part of a trace', () => {
  it('is the samples between two moments, whichever came first', () => {
    expect(spanBetween([2, 1], trace)).toEqual({ from: 100_000, to: 200_000 });
  });

  it('stays within the trace, and has always something to see', () => {
    expect(spanBetween([-5, 99], trace)).toEqual({ from: 0, to: 1_000_000 });
    expect(spanBetween([1, 1], trace)).toEqual({ from: 100_000, to: 100_003 });
    expect(spanBetween([99, 99], trace)).toEqual({ from: 999_997, to: 1_000_000 });
    expect(spanBetween([0, 1], { sampleRateHz: 10, samples: 1 })).toEqual({ from: 0, to: 1 });
  });

  it('becomes three times as wide around the same place', () => {
    expect(wider({ from: 400, to: 500 }, 1000)).toEqual({ from: 300, to: 600 });
    expect(wider({ from: 0, to: 900 }, 1000)).toEqual({ from: 0, to: 1000 });
  });

  it('says currents in the unit that people would use', () => {
    expect([2_500_000, 12_345.6, 840, 0.84, 0].map(formatCurrent)).toEqual(
      ['2.5 A', '12.35 mA', '840 µA', '840 nA', '0 µA'].map((text) => text.replace(' ', '\u202f')),
    );
  });
});
