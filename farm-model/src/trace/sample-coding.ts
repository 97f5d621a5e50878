import type { SampleCoding } from '@greenrack/farm-protocol';

/** What every code of a coding stands for, in µA: NaN for those that are no measurement. */
export type ValueTable = Float32Array;

/** Undefined for codes that are the numbers themselves. */
export function valueTable(coding: SampleCoding): ValueTable | undefined {
  if (coding.kind === 'float32') return undefined;
  const { mantissaBits, ranges } = coding;
  const perRange = 2 ** mantissaBits;
  // One range more than fits the list, so that there always is a code for what was lost.
  const table = new Float32Array(perRange * 2 ** Math.ceil(Math.log2(ranges.length + 1)));
  table.fill(Number.NaN);
  for (const [range, [c0, c1, c2]] of ranges.entries())
    for (let m = 0; m < perRange; m++) table[range * perRange + m] = c0 + m * (c1 + m * c2);
  return table;
}

const NAN_BITS = 0x7fc00000;

/** The code of a sample that was lost. */
export function gapCode(coding: SampleCoding): number {
  if (coding.kind === 'float32') return NAN_BITS;
  return 2 ** (coding.mantissaBits + Math.ceil(Math.log2(coding.ranges.length + 1))) - 1;
}
