import { type ExpectedFailure, POLICY_FILE } from '@greenrack/farm-protocol';
import type {
  CheckAction,
  CheckResults,
  ConfirmedChange,
  Conclusion,
  FailedCase,
  MetricDifference,
} from './check-model.js';
import { fitSections, MAX_OUTPUT_BYTES, type Section } from './fit-text.js';
import { plain } from './markdown.js';
import { boardWord, countWord } from './words.js';

/** Boards that a line names. */
const MAX_BOARDS = 3;

interface Texts {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
}

/** Buttons on a check that did not pass; GitHub takes labels of 20, descriptions of 40 and identifiers of 20 characters. */
const RERUN_ACTIONS: readonly CheckAction[] = [
  {
    label: 'Re-run failed',
    description: 'Run again what did not pass',
    identifier: 'rerun-failed',
  },
  {
    label: 'Re-run elsewhere',
    description: 'Run what failed on another board',
    identifier: 'rerun-elsewhere',
  },
];
const QUARANTINE_ACTION: CheckAction = {
  label: 'Quarantine cases',
  description: 'Report them, do not fail, for 14 days',
  identifier: 'quarantine',
};
/** More than that is no flaky case, but a change that broke something. */
export const MAX_QUARANTINED_AT_ONCE = 10;

/** What a check that did not pass offers. */
export function actionsOf(results: CheckResults, conclusion: Conclusion): readonly CheckAction[] {
  if (conclusion === 'success') return [];
  const failed = results.failures.length;
  const isFew = failed > 0 && failed <= MAX_QUARANTINED_AT_ONCE;
  return isFew ? [...RERUN_ACTIONS, QUARANTINE_ACTION] : RERUN_ACTIONS;
}

/** What a check says once all its runs have ended. */
export function finishedTexts(results: CheckResults, conclusion: Conclusion, link: string): Texts {
  const fresh = results.failures.filter(({ known }) => !known);
  const known = results.failures.filter((failure) => failure.known);
  const rest = (left: number) => `… and ${left} more: ${link || 'see the farm'}`;
  const sections: Section[] = [
    failureSection(results.base === undefined ? 'Failures' : 'New failures', fresh),
    failureSection('Outside their budget', results.overBudget),
    {
      heading: `Nothing is known about ${countWord(results.troubles.length, 'run')}`,
      lines: results.troubles.map(({ run, why }) => `- ${plain(run)}: ${plain(why, 300)}`),
    },
    {
      heading: `Cases of the base that are missing: ${results.missing.length}`,
      lines: results.missing.map(({ run, name, how }) => `- ${caseText(run, name)}: ${how}`),
    },
    changeSection(results.changes),
    metricSection(results.metrics),
    failureSection('Failures that the base has too', known),
    {
      heading: `Failures that do not count: ${results.excused.length}`,
      lines: results.excused.map(
        ({ run, name, verdict, why }) => `- ${caseText(run, name)}: ${verdict}; ${plain(why, 300)}`,
      ),
    },
    {
      heading: `Expected failures that pass on this target: ${results.mended.length}`,
      lines: results.mended.map(mendedLine),
    },
    {
      heading: `Passed on another try: ${results.flaky.length}`,
      lines: results.flaky.map((name) => `- ${plain(name)}`),
    },
  ];
  return {
    title: titleOf(results, conclusion, fresh.length),
    summary: summaryOf(results, link),
    text: fitSections(sections, rest, MAX_OUTPUT_BYTES),
  };
}

function titleOf(results: CheckResults, conclusion: Conclusion, fresh: number): string {
  const { total, failures, troubles, base, overBudget, missing, missingFails } = results;
  if (total === 0) return 'No run at all';
  if (conclusion === 'success') return `${countWord(total, 'run')} passed`;
  const known = failures.length - fresh;
  const parts = [
    ...(fresh > 0 ? [`${countWord(fresh, base === undefined ? 'failure' : 'new failure')}`] : []),
    ...(overBudget.length > 0 ? [`${countWord(overBudget.length, 'budget')} exceeded`] : []),
    ...(missingFails && missing.length > 0 ? [`${countWord(missing.length, 'case')} missing`] : []),
    ...(known > 0 ? [`${known} known`] : []),
    ...(troubles.length > 0 ? [`${countWord(troubles.length, 'run')} without a result`] : []),
  ];
  return parts.join(', ') || conclusion;
}

function summaryOf(results: CheckResults, link: string): string {
  const { verdicts, base, noBase, suite, target } = results;
  const rows = Object.entries(verdicts).map(([verdict, n]) => `| ${verdict} | ${n} |`);
  const compared =
    base === undefined
      ? `${plain(noBase ?? 'The base has no results on this target.')} All failures count as new.`
      : `Compared with ${plain(base)}.`;
  const table = ['| verdict | runs |', '|---|---|', ...rows].join('\n');
  const more = link === '' ? '' : `\n\n[Consoles, traces and all results](${link})`;
  return `${plain(suite)} on ${plain(target)}\n\n${table}\n\n${compared}${more}`;
}

const caseText = (run: string, name: string): string => `${plain(run)} · ${plain(name)}`;

function mendedLine({ run, case: name }: ExpectedFailure): string {
  const what = run === undefined ? plain(name) : caseText(run, name);
  return `- ${what} was expected to fail and passes: remove it from \`${POLICY_FILE}\``;
}

/** What runs of both images in turns have said, which is more than two values. */
function changeSection(changes: readonly ConfirmedChange[]): Section {
  return {
    heading: `Confirmed changes: ${changes.length}`,
    intro: `| ${CHANGE_HEADS.join(' | ')} |\n|${'---|'.repeat(CHANGE_HEADS.length)}`,
    lines: changes.map((change) => `| ${changeCells(change).join(' | ')} |`),
  };
}

export const CHANGE_HEADS = ['case', 'metric', 'before', 'now', 'effect', 'confidence', 'commit'];

/** A confirmed change, in the columns of {@link CHANGE_HEADS}. */
export function changeCells(change: ConfirmedChange): string[] {
  const { imageName, caseName, metric, unit, was, is, effect, chance, commit, after } = change;
  const percent =
    was === 0 ? '' : ` ${is > was ? '+' : ''}${number(((is - was) / Math.abs(was)) * 100)} %`;
  const since = after === undefined ? '' : `after ${after.slice(0, 10)}, by `;
  return [
    caseName === '' ? plain(imageName) : caseText(imageName, caseName),
    ...[metric, `${number(was)} ${unit}`, `${number(is)} ${unit}`].map((each) => plain(each)),
    `${effect}${percent}`,
    chance === 0 ? 'exact' : `p = ${chance.toPrecision(2)}`,
    `${since}${commit.slice(0, 10)}`,
  ];
}

const number = (value: number): string => String(Number(value.toPrecision(5)));

/** Values of one commit each: whether a difference is more than noise takes more of them. */
function metricSection(metrics: readonly MetricDifference[]): Section {
  return {
    heading: `Metrics that differ from the base: ${metrics.length}`,
    intro: '| case | metric | base | now | change |\n|---|---|---|---|---|',
    lines: metrics.map(({ run, caseName, name, unit, was, is, percent, isWorse, direction }) => {
      const change = `${percent > 0 ? '+' : ''}${number(percent)} %`;
      const better = direction === 'none' ? '' : isWorse ? ', worse' : ', better';
      const where = caseName === '' ? plain(run) : caseText(run, caseName);
      const values = [`${number(was)} ${unit}`, `${number(is)} ${unit}`].map((each) => plain(each));
      return `| ${[where, plain(name), ...values, `${change}${better}`].join(' | ')} |`;
    }),
  };
}

function failureSection(what: string, failures: readonly FailedCase[]): Section {
  return {
    heading: `${what}: ${failures.length}`,
    intro: '| case | verdict | why | where | boards |\n|---|---|---|---|---|',
    lines: failures.map(failureLine),
  };
}

function failureLine({ run, name, verdict, message, file, line, boards }: FailedCase): string {
  const place = file === undefined ? '' : `${plain(file)}${line === undefined ? '' : `:${line}`}`;
  const cells = [caseText(run, name), verdict, plain(message, 300), place];
  return `| ${[
    ...cells,
    boardWord(
      boards.map((board) => plain(board)),
      MAX_BOARDS,
    ),
  ].join(' | ')} |`;
}
