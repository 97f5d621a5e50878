import type { ChangeDetail, ChangeStep } from '@greenrack/farm-protocol';
import { percentOf } from '../output/percent.js';
import { HISTORY, historySha } from './seeded-history.js';

/** Commits of the history that the demo makes. */
export const COMMITS = 8;

const NUMBERS = Array.from({ length: COMMITS }, (_, i) => i + 1);
const numberOf = (sha: string | null) => NUMBERS.find((n) => historySha(n) === sha);

const named = (sha: string | null): string =>
  `${numberOf(sha) ?? '?'} (${sha?.slice(0, 8) ?? 'unknown'})`;

/** Tells each thing that becomes known of a change once. */
export class ChangeTeller {
  readonly #say: (line: string) => void;
  readonly #told = new Set<number>();
  #isKnown = false;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  tell(change: ChangeDetail): void {
    if (!this.#isKnown) this.#say(`suspect   ${shiftOf(change)}`);
    this.#isKnown = true;
    for (const step of change.steps) {
      if (step.outcome === null || this.#told.has(step.seq)) continue;
      this.#told.add(step.seq);
      this.#say(stepLine(step, step.outcome));
    }
  }
}

const shiftOf = ({ worst: { metric, unit, before, after } }: ChangeDetail): string =>
  `${metric} ${before} → ${after} ${unit} (${percentOf(before, after)})`;

const SAID = {
  ...{ confirmed: 'they differ', refuted: 'no difference', more: 'not clear yet' },
  ...{ untestable: 'nothing measured', broken: 'did not run' },
} as const;

function stepLine(step: ChangeStep, outcome: keyof typeof SAID): string {
  const { kind, good, bad } = step;
  const pairs = pairsText(pairsOf(step));
  return `${kind.padEnd(8)}  commits ${named(good.sha)} and ${named(bad.sha)}, ${pairs} in turns: ${SAID[outcome]}`;
}

const pairsText = (pairs: number): string => `${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of runs`;
const pairsOf = ({ sides }: ChangeStep): number => sides.length / 2;

/** Pairs of runs that confirmed the change. */
export const confirmingPairs = ({ steps }: ChangeDetail): number =>
  steps.filter(({ kind }) => kind === 'confirm').reduce((sum, step) => sum + pairsOf(step), 0);

const isNamed = ({ state, work, exact }: ChangeDetail): boolean =>
  state === 'verified' && work === 'done' && exact;

/** Whether the farm has named the commit that is to blame, and nothing less. */
export const isFound = (change: ChangeDetail): boolean =>
  isNamed(change) && change.bad.sha === historySha(HISTORY.slowFrom);

/** The history as a line, and what the farm has made of it. */
export function changeText(change: ChangeDetail): string {
  if (!isNamed(change)) {
    const { state, work, missing } = change;
    return `not found: the change is ${state} (${work})${missing === null ? '' : `; ${missing}`}`;
  }
  const first = numberOf(change.bad.sha) ?? 0;
  const line = NUMBERS.map((n) => (n === first ? `[${n}]` : `${n}`)).join(' ── ');
  const found = `first bad commit: ${named(change.bad.sha)}, confirmed by ${pairsText(confirmingPairs(change))} in turns`;
  const right = isFound(change) ? '' : `; wrong, it is ${named(historySha(HISTORY.slowFrom))}`;
  return `${line}   ${shiftOf(change)}\n${found}${right}`;
}
