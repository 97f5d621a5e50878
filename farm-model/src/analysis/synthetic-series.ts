/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Kinds of noise around a level that never changes. */
export const NULL_KINDS = [
  'gaussian',
  'heavy-tailed',
  'autoregressive',
  'daily drift',
  'outliers',
  'quantised',
] as const;
export type NullKind = (typeof NULL_KINDS)[number];

/** Standard Gaussian noise. */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `n` values of one kind of noise with spread 1. */
export function nullSeries(kind: NullKind, n: number, random: () => number): Float64Array {
  const g = () => gaussian(random);
  const phase = random() * 24;
  let last = g() / Math.sqrt(0.75);
  const next: Record<NullKind, (i: number) => number> = {
    gaussian: g,
    'heavy-tailed': () => g() / Math.sqrt((g() ** 2 + g() ** 2) / 2),
    autoregressive: () => {
      last = 0.5 * last + g();
      return last;
    },
    'daily drift': (i) => 1.5 * Math.sin((2 * Math.PI * (i + phase)) / 24) + g(),
    outliers: () => g() + (random() < 0.05 ? 20 : 0),
    quantised: () => Math.round(100 + g() * 0.5),
  };
  return Float64Array.from({ length: n }, (_, i) => next[kind](i));
}
