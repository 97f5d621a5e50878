import type {
  ChangeView,
  Flake,
  Listed,
  NightlyAge,
  NightlyFailure,
  NightlyMissing,
  NightlyReport,
  SubmissionView,
} from '@greenrack/farm-protocol';
import { boardLabel } from './board-label.js';
import { visibleText } from './visible-text.js';

/** Lines of one section; the rest is counted. */
const MAX_LINES = 20;
const MAX_LINE_CHARS = 300;

/** Where more is to be read. */
export interface NightlyLinks {
  /** Base of the farm's pages, without a slash at its end. */
  readonly url?: string | undefined;
  /** Lines of a section. Default 20. */
  readonly maxLines?: number;
}

/** What has changed overnight, in one line. */
export function nightlyTitle({ submission, ...report }: NightlyReport): string {
  const counts = [
    numbered(report.newFailures.total, 'new failure'),
    numbered(report.missing.total, 'missing case'),
    numbered(report.changes.items.filter(isWorse).length, 'regression'),
    numbered(report.fixed.total, 'fix', 'fixes'),
    ...(report.notRun.total > 0 ? [`${report.notRun.total} without a result`] : []),
  ].filter((text) => text !== '');
  const what = counts.length === 0 ? WORDS[report.conclusion] : counts.join(', ');
  return line(`${submission.name}: ${what}`);
}

const WORDS = { good: 'nothing new', bad: 'worse', unknown: 'not known' } as const;

/** Counted where there are any. */
const numbered = (n: number, one: string, more = `${one}s`): string =>
  n === 0 ? '' : `${n} ${n === 1 ? one : more}`;

/** The report as text, for a terminal or a message. Texts of firmware in it are on one line and drive nothing. */
export function nightlyText(report: NightlyReport, links: NightlyLinks = {}): string {
  const { submission, before, schedule } = report;
  const { url, maxLines = MAX_LINES } = links;
  const section = <T>(title: string, { total, items }: Listed<T>, text: (item: T) => string) => {
    if (total === 0) return [];
    const lines = items.slice(0, maxLines).map((item) => line(`  ${text(item)}`));
    const more = total > lines.length ? [`  and ${total - lines.length} more`] : [];
    return ['', `${title} (${total})`, ...lines, ...more];
  };
  return [
    nightlyTitle(report),
    line(`${nameOf(submission)}${schedule ? `, schedule ${schedule.name}` : ''}`),
    line(before ? `compared with ${nameOf(before)}` : 'there is nothing to compare it with'),
    ...(url === undefined ? [] : [`${url}/submissions/${submission.id}`]),
    ...section('New failures', report.newFailures, failureText),
    ...section('Missing', report.missing, missingText),
    ...section('Changes', report.changes, changeText),
    ...section('Suspects, not confirmed', report.suspects, ({ series, value }) => {
      const what =
        series.caseName === null ? series.metric : `${series.caseName} / ${series.metric}`;
      return `${series.imageName} on ${series.target}: ${what} is ${value} ${series.unit}`;
    }),
    ...section('Fixed', report.fixed, placeText),
    ...section('Still failing', report.stillFailing, failureText),
    ...section('Flaky', report.flakes, flakeText),
    ...section('Without a result', report.notRun, ({ run, target, verdict, why }) => {
      return `${run} on ${target}: ${verdict ?? 'not over'}: ${why}`;
    }),
    ...section('Boards that need hands', report.boards, (board) => {
      const { target, health, availability, healthCause, cause } = board;
      const state = health === 'good' ? availability : health;
      return `${boardLabel(board)} (${target}): ${state}: ${healthCause ?? cause}`;
    }),
    ...section('Nothing was submitted', report.skipped, ({ atMs, reason, missed }) => {
      const more = missed > 0 ? `, and ${missed} times before` : '';
      return `${new Date(atMs).toISOString().slice(0, 16)}Z${more}: ${reason}`;
    }),
    ...section('Expected and run', report.coverage, (one) => {
      const { target, runs, expectedRuns, cases, expectedCases } = one;
      return `${target}: ${runs} of ${expectedRuns} runs, ${cases} of ${expectedCases} cases`;
    }),
  ].join('\n');
}

function line(text: string): string {
  const shown = visibleText(text.replace(/[\r\n\t]+/g, ' '));
  const characters = [...shown];
  return characters.length <= MAX_LINE_CHARS
    ? shown
    : `${characters.slice(0, MAX_LINE_CHARS - 1).join('')}…`;
}

const shortSha = (sha: string | null | undefined): string => sha?.slice(0, 12) ?? '';

function nameOf({ id, origin, createdMs }: SubmissionView): string {
  const ref = origin?.ref?.replace(/^refs\/(heads|tags)\//, '');
  const build = origin ? ` of ${[ref, shortSha(origin.sha)].filter(Boolean).join(' ')}` : '';
  return `${id} (${new Date(createdMs).toISOString().slice(0, 16)}Z)${build}`;
}

const placeText = (one: { run: string; target: string; case: string | null }): string =>
  `${one.run}${one.case === null ? '' : ` / ${one.case}`} on ${one.target}`;

function failureText(failure: NightlyFailure): string {
  const { verdict, message, boards, age } = failure;
  const where = boards.length > 3 ? `${boards.length} boards` : boards.join(', ');
  const why = message === '' ? '' : `: ${message}`;
  return `${placeText(failure)} (${where}): ${verdict}${why}${age ? `; ${ageText(age)}` : ''}`;
}

/** Since when, and when it was last in order. */
function ageText({ builds, firstBad, lastGood, whole }: NightlyAge): string {
  const where = (place: NightlyAge['firstBad']) => shortSha(place.sha) || place.submissionId;
  const good = lastGood ? `last good ${where(lastGood)}` : whole ? 'never passed' : 'long since';
  return builds === 1 ? good : `for ${builds} builds, first bad ${where(firstBad)}, ${good}`;
}

function missingText(one: NightlyMissing): string {
  const cases = one.case === null ? `, ${one.cases} cases` : '';
  const how = one.how === 'removed' ? 'is not there any more' : 'is skipped now';
  return `${placeText(one)}${cases} ${how}; last in ${one.submissionId}`;
}

const isWorse = ({ effect, state }: ChangeView): boolean =>
  effect === 'regression' && (state === 'verified' || state === 'returned');

function changeText(change: ChangeView): string {
  const { effect, state, worst, metrics, imageName, target, exact, good, bad } = change;
  const build = (one: ChangeView['good']) =>
    shortSha(one.sha) || `image ${one.imageSha256.slice(0, 12)}`;
  const more = metrics > 1 ? ` and ${metrics - 1} more` : '';
  const by = exact ? build(bad) : `${build(good)}..${build(bad)}`;
  const values = `${worst.before} → ${worst.after} ${worst.unit}`;
  return `${effect}, ${state}: ${worst.metric}${more} of ${imageName} on ${target}: ${values}, by ${by}`;
}

const flakeText = ({ imageName, caseName, target, failures, runs }: Flake): string =>
  `${imageName}${caseName === null ? '' : ` / ${caseName}`} on ${target}: failed ${failures} of ${runs} times`;
