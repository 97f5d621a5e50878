import type { Verdict } from '@greenrack/farm-protocol';

/** What a verdict means for the one who waits: the code is in order, it is not, or nothing is known about it. */
export type Meaning = 'good' | 'bad' | 'unknown';

/** `flaky` is in order, with a warning: the first attempt did not pass. */
const MEANINGS: Readonly<Record<Verdict, Meaning>> = {
  pass: 'good',
  flaky: 'good',
  xfail: 'good',
  skipped: 'good',
  fail: 'bad',
  crash: 'bad',
  hang: 'bad',
  xpass: 'bad',
  infra: 'unknown',
  blocked: 'unknown',
  cancelled: 'unknown',
};

/** No verdict at all is no pass. */
export function meaningOf(verdict: Verdict | null): Meaning {
  return verdict === null ? 'unknown' : MEANINGS[verdict];
}

/**
 * What a submission's runs mean together; exit codes, required checks and summaries hang on it. A failure outweighs
 * trouble of the farm, because it is a result, and nothing at all is no pass.
 */
export function meaningOfAll(verdicts: Iterable<Verdict | null>): Meaning {
  let meaning: Meaning | undefined;
  for (const verdict of verdicts) {
    const one = meaningOf(verdict);
    if (one === 'bad') return 'bad';
    if (meaning !== 'unknown') meaning = one;
  }
  return meaning ?? 'unknown';
}

/** Whether an attempt found fault with the code. `xpass` is not among them: it finds fault with a list. */
export function isAgainstCode(verdict: Verdict): boolean {
  return verdict === 'fail' || verdict === 'crash' || verdict === 'hang';
}
