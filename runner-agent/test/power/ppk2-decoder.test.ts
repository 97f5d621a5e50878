import { valueTable } from '@greenrack/farm-model';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Ppk2Decoder } from '../../src/power/ppk2-decoder.js';
import { parsePpk2Metadata, ppk2Coding } from '../../src/power/ppk2-metadata.js';
import { SampleRecord } from '../support/sample-record.js';

const plain = ppk2Coding(parsePpk2Metadata(''), 3000);
const table = valueTable(plain) ?? new Float32Array();

/** Words whose lines tell their number, so that a word in a wrong place shows. */
function stream(count: number): Buffer {
  const bytes = Buffer.alloc(4 * count);
  for (let i = 0; i < count; i++)
    bytes.writeUInt32LE(
      (((i * 37) & 255) * 2 ** 24 + ((i & 63) << 18) + ((i % 5) << 14) + ((i * 7) & 0x3fff)) >>> 0,
      4 * i,
    );
  return bytes;
}

describe('the decoder of a PPK2', () => {
  it('puts no sample in a wrong place, whatever is lost and however bytes are cut', () => {
    const count = 3000;
    const whole = stream(count);
    const loss = fc.record({
      at: fc.integer({ min: 400, max: 11_000 }),
      bytes: fc.integer({ min: 1, max: 230 }),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(loss, cuts, ({ at, bytes }, sizes) => {
        const rest = Buffer.concat([whole.subarray(0, at), whole.subarray(at + bytes)]);
        const heard = new SampleRecord();
        const decoder = new Ppk2Decoder(table, heard);
        for (let from = 0, n = 0; from < rest.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          decoder.push(rest.subarray(from, from + size));
          from += size;
        }
        decoder.end();
        expect(heard.digital).toHaveLength(count);
        const wrong = heard.digital.findIndex(
          (lines, i) => !Number.isNaN(heard.currentUa[i]) && lines !== ((i * 37) & 255),
        );
        expect(wrong).toBe(-1);
        const missing = heard.currentUa.filter((ua) => Number.isNaN(ua)).length;
        expect(missing).toBe(heard.gaps.reduce((sum, gap) => sum + gap.count, 0));
        expect(missing).toBeGreaterThanOrEqual(Math.floor(bytes / 4));
        expect(missing).toBeLessThanOrEqual(Math.ceil(bytes / 4) + 4);
      }),
      { numRuns: 300, seed: 20261130 },
    );
  });

  it('converts with the constants of the instrument', () => {
    const text =
      'r1: 101.4608\nGS1: 0.9\nGI1: 1.01\nO1: 80.5\nS1: 0.000002\nI1: 0.000001\nUG1: 1.1\nEND\n';
    const coding = ppk2Coding(parsePpk2Metadata(text), 3300);
    const adc = 2500;
    // By hand, in A: x = (4·2500 − 80.5) · 1.8/163840 / 101.4608
    const x = ((10_000 - 80.5) * (1.8 / 163_840)) / 101.4608;
    const amperes = 1.1 * (x * (0.9 * x + 1.01) + 0.000002 * 3.3 + 0.000001);
    expect(valueTable(coding)?.[(1 << 14) | adc]).toBeCloseTo(amperes * 1e6, 2);
  });

  it('has no value for ranges that do not exist', () => {
    for (const range of [5, 6, 7]) expect(table[range << 14]).toBeNaN();
  });
});
