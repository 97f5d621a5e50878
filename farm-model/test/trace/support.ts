import type { TraceFooter, TraceHeader } from '@greenrack/farm-protocol';
import { type ByteSource, TraceReader, TraceWriter, valueTable } from '../../src/index.js';

/** A repeatable source of numbers below 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const CODING: TraceHeader['meter']['coding'] = {
  kind: 'ranges',
  mantissaBits: 14,
  clippedMantissa: 0x3fff,
  ranges: [
    [0, 0.01, 0],
    [0, 0.1, 0],
    [0, 1, 1e-6],
  ],
};
export const GAP = 0xffff;

export function header(
  chunkSamples: number,
  coding: TraceHeader['meter']['coding'] = CODING,
): TraceHeader {
  return {
    version: 1,
    startedAtMs: 1_796_000_000_000,
    chunkSamples,
    meter: {
      instrument: 'ppk2',
      coding,
      sampleRateHz: 100_000,
      digitalLines: 8,
      floorUa: 0.2,
      fullScaleUa: 1e6,
      bandwidthHz: 50_000,
      supply: { mv: 3300, basis: 'set' },
      faults: [],
    },
  };
}

export interface Recorded {
  readonly bytes: Uint8Array;
  readonly codes: Uint32Array;
  readonly currentUa: Float32Array;
  readonly digital: Uint8Array;
  readonly footer: TraceFooter;
}

/** A trace of sleep, bursts, gaps and clipped samples, pushed in blocks of odd sizes. */
export function recorded(samples: number, chunkSamples: number): Recorded {
  const random = seeded(7);
  const table = valueTable(CODING) ?? new Float32Array();
  const codes = new Uint32Array(samples);
  const digital = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const isOn = i % 5000 < 700;
    codes[i] = isOn ? (2 << 14) + 9000 + Math.floor(random() * 80) : 300 + Math.floor(random() * 6);
    if (i % 9973 < 20) codes[i] = GAP;
    if (i % 7919 === 0) codes[i] = (2 << 14) | 0x3fff;
    digital[i] = isOn ? 1 : i % 31 === 0 ? 6 : 2;
  }
  const currentUa =
    codes.length === 0
      ? new Float32Array()
      : Float32Array.from(codes, (c) => table[c] ?? Number.NaN);
  const parts: Uint8Array[] = [];
  const writer = new TraceWriter(header(chunkSamples), (bytes) => parts.push(bytes));
  for (let at = 0, n = 1; at < samples; n = (n * 7 + 3) % 4096) {
    const to = Math.min(samples, at + n + 1);
    writer.push({
      codes: codes.subarray(at, to),
      currentUa: currentUa.subarray(at, to),
      digital: digital.subarray(at, to),
    });
    at = to;
  }
  const footer = writer.end([]);
  return { bytes: joined(parts), codes, currentUa, digital, footer };
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function inMemory(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(at, length) {
      if (at < 0 || at + length > bytes.length) throw new Error(`no ${length} bytes at ${at}`);
      return bytes.slice(at, at + length);
    },
  };
}

export async function reader(bytes: Uint8Array): Promise<TraceReader> {
  return await TraceReader.open(inMemory(bytes));
}
