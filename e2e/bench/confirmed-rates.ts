import {
  analyseSeries,
  confirmationOf,
  gaussian,
  PAIRS_OF_LOOKS,
  seededRandom,
} from '@greenrack/farm-model';
import { round } from './stats.js';

const POINTS = 100;
const STEP_AT = 50;
/** As the farm takes metrics that moved together: a change so near to a known one is that one. */
const NEAR = 3;

interface Rates {
  /** Percent of series in which a look after some build finds a change or a suspect; and in which runs in turns confirm one. */
  readonly detected: number;
  readonly verified: number;
}

/** Looks at Gaussian series after every build, and confirms what it finds as the farm does. */
export function confirmedRates(
  series: number,
  { seed, step }: { readonly seed: number; readonly step: number },
): Rates {
  const random = seededRandom(seed);
  let detected = 0;
  let verified = 0;
  for (let i = 0; i < series; i++) {
    const found = candidates(random, step).filter(
      (at) => step === 0 || Math.abs(at - STEP_AT) <= NEAR,
    );
    if (found.length > 0) detected++;
    if (found.some(() => isConfirmed(random, step))) verified++;
  }
  return { detected: round((100 * detected) / series), verified: round((100 * verified) / series) };
}

/** Where something was found that nothing known explains, over all looks. */
function candidates(random: () => number, step: number): number[] {
  const points = Array.from({ length: POINTS }, (_, i) => ({
    value: gaussian(random) + (i < STEP_AT ? 0 : step),
    ...{ imageSha256: String(i), environment: 'e', commitMs: i, atMs: i },
  }));
  const found: number[] = [];
  for (let n = 4; n <= POINTS; n++) {
    const seen = analyseSeries(points.slice(0, n), { kind: 'noisy', direction: 'lower' });
    for (const { build } of [...seen.changes, ...(seen.suspicion ? [seen.suspicion] : [])]) {
      const at = Number(build.imageSha256);
      if (!found.some((known) => Math.abs(known - at) <= NEAR)) found.push(at);
    }
  }
  return found;
}

function isConfirmed(random: () => number, step: number): boolean {
  const good: number[] = [];
  const bad: number[] = [];
  const rises = step > 0 || random() < 0.5;
  for (const pairs of PAIRS_OF_LOOKS) {
    while (good.length < pairs) {
      good.push(gaussian(random));
      bad.push(gaussian(random) + step);
    }
    const { outcome } = confirmationOf({ kind: 'noisy', good, bad, rises });
    if (outcome !== 'more') return outcome === 'confirmed';
  }
  return false;
}
