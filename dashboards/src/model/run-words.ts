import type { CaseView, Failure, RunDetail } from '@greenrack/farm-protocol';
import { formatDuration, formatEta, plural } from './format.js';
import { explainReason, explainStanding, standingOf } from './verdict-words.js';

/** `main.cpp:42`, or an empty string when the firmware said neither. Shown, never opened. */
export function failurePlace(failure: Failure): string {
  const line = failure.line === undefined ? '' : `:${failure.line}`;
  return failure.file === undefined && line !== ''
    ? `line ${failure.line}`
    : (failure.file ?? '') + line;
}

/** Why a run has the verdict it has, in one or two sentences that do not repeat each other. */
export function verdictWords(run: Pick<RunDetail, 'state' | 'verdict' | 'reason'>): string {
  const meaning = explainStanding(standingOf(run));
  if (run.reason === null || run.reason === 'completed') return meaning;
  const why = explainReason(run.reason);
  return why === meaning ? meaning : `${meaning} ${why}`;
}

/** `Third in line, starts in about 2 min`. */
export function waitingWords(waiting: NonNullable<RunDetail['waiting']>): string {
  if (waiting.blocked)
    return waiting.position === 1
      ? 'It starts when a board has come back.'
      : `When a board has come back, it is number ${waiting.position} in line.`;
  const place = waiting.position === 1 ? 'Next in line' : `Number ${waiting.position} in line`;
  if (waiting.etaMs === null) return `${place}. No run of this kind has been measured yet.`;
  return `${place}, starts in ${formatEta(waiting.etaMs)}.`;
}

/** Console text is read in pieces: what begins and ends within one takes a time that nobody has measured. */
const SHORTEST_US = 1000;

/** How long a case took; empty for one that never ran or still runs. */
export function caseTimeWords({ verdict, durationUs }: CaseView): string {
  const never = verdict === 'blocked' || verdict === 'skipped';
  if (durationUs === null || (never && durationUs === 0)) return '';
  return durationUs < SHORTEST_US ? `< ${formatDuration(1)}` : formatDuration(durationUs / 1000);
}

/** What stands above a table of cases: `12 cases: 2 fail, 9 pass, 1 to go`. */
export function casesWords(cases: readonly CaseView[]): string {
  const counts = new Map<string, number>();
  for (const one of cases) {
    const key = one.verdict ?? 'to go';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`);
  return `${plural(cases.length, 'case')}: ${parts.join(', ')}`;
}
