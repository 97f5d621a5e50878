import { gaussian, seededRandom, TraceWriter } from '@greenrack/farm-model';

const SAMPLE_RATE_HZ = 10_000;
const SECONDS = 3;
/** A radio beacon each quarter of a second. */
const BEACON_SAMPLES = 2500;

/** µA at a sample: a start, then sleep with short bursts. */
function currentAt(sample: number, noise: number): number {
  if (sample < 400) return 3100 + 40 * noise;
  if (sample < 1900) return 11_800 + 150 * noise;
  if (sample % BEACON_SAMPLES < 60) return 8200 + 200 * noise;
  return 14 + 0.4 * noise;
}

/** What a power meter sees of a board that starts and goes to sleep. */
export function bootTrace(build: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new TraceWriter(
    {
      version: 1,
      startedAtMs: Date.UTC(2026, 10, 10) + build * 86_400_000,
      chunkSamples: 4096,
      meter: {
        instrument: 'ppk2',
        coding: { kind: 'float32' },
        sampleRateHz: SAMPLE_RATE_HZ,
        digitalLines: 0,
        floorUa: 0.2,
        fullScaleUa: 1e6,
        bandwidthHz: 5000,
        supply: { mv: 3300, basis: 'set' },
        faults: [],
      },
    },
    (bytes) => pieces.push(bytes),
  );
  const random = seededRandom(build + 1);
  const currentUa = Float32Array.from({ length: SAMPLE_RATE_HZ * SECONDS }, (_, sample) =>
    currentAt(sample, gaussian(random)),
  );
  const codes = new Uint32Array(currentUa.buffer);
  writer.push({ codes, currentUa, digital: new Uint8Array(currentUa.length) });
  writer.end([]);
  return Buffer.concat(pieces);
}
