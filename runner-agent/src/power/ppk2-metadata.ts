import type { SampleCoding } from '@greenrack/farm-protocol';

/*
 * Nordic PPK2, answer to 0x19: lines `Key: value` in any order and case, then END. Constants of range r (0…4):
 *
 *   a = ADC code · 4          x = (a − O[r]) · (1.8 V / 163 840) / R[r]
 *   I = UG[r] · ( x · (GS[r]·x + GI[r]) + S[r] · VDD in mV / 1000 + I[r] )      in A
 */
const ADC_BITS = 14;
const FULL_SCALE = 2 ** ADC_BITS - 1;
const ADC_STEP_V = 1.8 / 163_840;
const CODES_PER_STEP = 4;
const DEFAULT_OHM = [1031.64, 101.65, 10.15, 0.94, 0.043];
const RANGES = [0, 1, 2, 3, 4];

export interface Ppk2Metadata {
  readonly values: ReadonlyMap<string, number>;
  /** Constants that the instrument did not give. */
  readonly missing: readonly string[];
}

/** Behind the last line of the answer. */
export const METADATA_END = /(^|\n)END[\r\n]*/;

/** Reads what was understood; `-nan` and what was cut off count as missing. */
export function parsePpk2Metadata(text: string): Ppk2Metadata {
  const values = new Map<string, number>();
  for (const [, key = '', value = ''] of text.matchAll(
    /(?:^|\n) *(\w+) *: *([^\r\n]*)(?=\r?\n)/g,
  )) {
    const number = Number(value.trim());
    if (value.trim() !== '' && Number.isFinite(number)) values.set(key.toUpperCase(), number);
  }
  const constants = ['R', 'GS', 'GI', 'O', 'S', 'I', 'UG'].flatMap((key) =>
    RANGES.map((range) => `${key}${range}`),
  );
  return { values, missing: constants.filter((key) => !values.has(key)) };
}

/** The instrument's formula with its constants, as a polynomial of the ADC code for each range. */
export function ppk2Coding({ values }: Ppk2Metadata, supplyMv: number): SampleCoding {
  const of = (key: string, range: number, fallback: number) =>
    values.get(`${key}${range}`) ?? fallback;
  const ranges = RANGES.map((r): [number, number, number] => {
    const ohm = of('R', r, DEFAULT_OHM[r] ?? 1);
    const perStep = (CODES_PER_STEP * ADC_STEP_V) / ohm;
    const zero = -(of('O', r, 0) * ADC_STEP_V) / ohm;
    const [square, linear] = [of('GS', r, 1), of('GI', r, 1)];
    const toUa = of('UG', r, 1) * 1e6;
    const offset = of('S', r, 0) * (supplyMv / 1000) + of('I', r, 0);
    return [
      toUa * (square * zero * zero + linear * zero + offset),
      toUa * (2 * square * zero * perStep + linear * perStep),
      toUa * square * perStep * perStep,
    ];
  });
  return { kind: 'ranges', mantissaBits: ADC_BITS, ranges, clippedMantissa: FULL_SCALE };
}
