import type { ChangeState, ChangeView } from '@greenrack/farm-protocol';

/** What the filter of changes looks at. */
export const CHANGE_FIELDS = {
  effect: ({ effect }: ChangeView) => [effect],
  state: ({ state }: ChangeView) => [state],
  metric: ({ worst }: ChangeView) => [worst.metric],
  image: ({ imageName }: ChangeView) => [imageName],
  target: ({ target }: ChangeView) => [target],
  board: ({ boardSerial }: ChangeView) => [boardSerial],
  assignee: ({ assignee }: ChangeView) => (assignee === null ? [] : [assignee]),
  repository: ({ repository }: ChangeView) => (repository === null ? [] : [repository]),
  ref: ({ ref }: ChangeView) => (ref === null ? [] : [ref]),
};

/** In the order in which somebody should look at them. */
const OPEN: readonly ChangeState[] = ['returned', 'verified', 'assigned', 'detected', 'fixed'];

const WORDS: Record<ChangeState, string> = {
  detected: 'detected',
  verified: 'verified',
  refuted: 'refuted',
  assigned: 'assigned',
  fixed: 'fixed?',
  verifiedFixed: 'fixed',
  returned: 'returned',
  accepted: 'accepted',
};

const EXPLAINED: Record<ChangeState, string> = {
  detected: 'The search has found it; runs of both builds in turns are to confirm it.',
  verified: 'Runs of both builds in turns have confirmed it. Nobody sees to it yet.',
  refuted: 'Runs of both builds in turns showed no difference.',
  assigned: 'Somebody sees to it.',
  fixed: 'The level is back; runs in turns are to confirm that.',
  verifiedFixed: 'The level is back, which runs in turns have confirmed.',
  returned: 'It was fixed, and is here again.',
  accepted: 'The new level is as it should be.',
};

export const changeWord = (state: ChangeState) => WORDS[state];
export const explainChange = (state: ChangeState) => EXPLAINED[state];

/** Whether somebody may still have to do something: improvements ask nothing of anybody. */
export function isOpen({ state, effect }: ChangeView): boolean {
  return effect !== 'improvement' && OPEN.includes(state);
}

/** Those first that somebody should look at first; among these the latest. */
export function byUrgency(a: ChangeView, b: ChangeView): number {
  const rank = (change: ChangeView) => (isOpen(change) ? OPEN.indexOf(change.state) : OPEN.length);
  return rank(a) - rank(b) || b.foundMs - a.foundMs;
}

/** A way from finding to its end; what became of a change stands at one of these places. */
export const LIFE: readonly ChangeState[] = [
  ...(['detected', 'verified', 'assigned', 'fixed', 'verifiedFixed'] as const),
];

/** How far a change has come on that way; undefined when it has left it. */
export function lifeStep(state: ChangeState): number | undefined {
  const at = LIFE.indexOf(state);
  if (state === 'returned') return LIFE.indexOf('verified');
  return at < 0 ? undefined : at;
}
