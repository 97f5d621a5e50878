import { conclusionOf, worstConclusion } from './check-conclusion.js';
import type { CheckResults, Conclusion, DesiredCheck } from './check-model.js';
import { FAILED_ACTIONS, finishedTexts } from './check-output.js';
import { cutToBytes, fitSections, MAX_OUTPUT_BYTES } from './fit-text.js';
import { plain } from './markdown.js';
import { countWord } from './words.js';

/** The check that is always there, and that a branch rule can require. */
export const SUMMARY_CHECK = 'greenrack';
/** Checks of one commit besides the summary; what is over is in the summary only. */
const MAX_CHECKS = 100;
const MAX_NAME_CHARS = 200;

/** What is known of a commit. */
export interface HeadFacts {
  readonly sha: string;
  readonly state: 'open' | 'superseded' | 'closed';
  /** Why it is no longer wanted. */
  readonly why: string;
  /** In a merge queue a `neutral` would merge without evidence. */
  readonly queued: boolean;
  readonly waitUntilMs: number;
  /** Page of the farm with all results; empty when the farm has no address of its own. */
  readonly link: string;
  /** Checks that are there already, by name. */
  readonly begun: readonly string[];
}

/** The name of the check of a suite on a target; the same for every commit, so that it can be required. */
export function checkName(suite: string, target: string): string {
  return cutToBytes(`greenrack: ${suite} (${target})`, MAX_NAME_CHARS);
}

/** The target that a check of this suite is about; undefined when it is about another suite. */
export function targetOf(check: string, suite: string): string | undefined {
  const [, target] = /\((\w{1,64})\)$/.exec(check) ?? [];
  return target !== undefined && check === checkName(suite, target) ? target : undefined;
}

/** The checks of a commit as they are to be. The summary is last: whoever sees it turn green finds the reasons. */
export function planChecks(
  head: HeadFacts,
  results: readonly CheckResults[],
  nowMs: number,
): DesiredCheck[] {
  if (head.state !== 'open') return head.begun.map((name) => calledOff(name, head));
  if (results.length === 0) return [waiting(head, nowMs)];
  const shown = results.slice(0, MAX_CHECKS);
  return [...shown.map((each) => checkOf(head, each)), summaryOf(head, results)];
}

function calledOff(name: string, { why, link }: HeadFacts): DesiredCheck {
  return ended(
    name,
    'cancelled',
    { title: 'No longer wanted', summary: plain(why), text: '' },
    link,
  );
}

function waiting(head: HeadFacts, nowMs: number): DesiredCheck {
  if (nowMs < head.waitUntilMs)
    return {
      ...{ name: SUMMARY_CHECK, status: 'queued', title: 'Waiting for images' },
      summary: `No submission of commit ${head.sha} has come yet. It is made by the workflow that builds the firmware.`,
      ...{ text: '', actions: [], failures: [] },
      ...detailsOf(head.link),
    };
  const summary = `No submission of commit ${head.sha} came in time: look at the workflow that builds the firmware. “Re-run” has the farm wait again.`;
  return ended(SUMMARY_CHECK, 'failure', { title: 'No images came', summary, text: '' }, head.link);
}

const isFinished = ({ total, finished }: CheckResults): boolean => finished === total;

const troubleOf = ({ queued }: HeadFacts): 'neutral' | 'failure' =>
  queued ? 'failure' : 'neutral';

function checkOf(head: HeadFacts, results: CheckResults): DesiredCheck {
  const name = checkName(results.suite, results.target);
  const link = linkOf(head, results);
  if (!isFinished(results)) return running(name, [results], link);
  const conclusion = conclusionOf(results.verdicts, troubleOf(head));
  const texts = finishedTexts(results, conclusion, link);
  return {
    ...ended(name, conclusion, texts, link),
    actions: conclusion === 'success' ? [] : FAILED_ACTIONS,
    failures: results.failures,
    finishedMs: results.finishedMs,
  };
}

function linkOf({ link }: HeadFacts, { submissionIds }: CheckResults): string {
  return link === '' ? '' : `${link}/submissions/${submissionIds[0]}`;
}

function running(name: string, results: readonly CheckResults[], link: string): DesiredCheck {
  const total = results.reduce((sum, each) => sum + each.total, 0);
  const finished = results.reduce((sum, each) => sum + each.finished, 0);
  const title = `${finished} of ${countWord(total, 'run')} finished`;
  return {
    ...{ name, status: 'in_progress', title, summary: title, text: '', actions: [], failures: [] },
    ...detailsOf(link),
  };
}

function summaryOf(head: HeadFacts, results: readonly CheckResults[]): DesiredCheck {
  if (!results.every(isFinished)) return running(SUMMARY_CHECK, results, head.link);
  const conclusions = results.map(({ verdicts }) => conclusionOf(verdicts, troubleOf(head)));
  const conclusion = worstConclusion(conclusions);
  const lines = results.map(
    ({ suite, target, total }, i) =>
      `| ${plain(suite)} | ${plain(target)} | ${conclusions[i]} | ${total} |`,
  );
  const good = conclusions.filter((each) => each === 'success').length;
  const intro = '| suite | target | conclusion | runs |\n|---|---|---|---|';
  const section = { heading: `Commit ${head.sha}`, intro, lines };
  const rest = (left: number) => `… and ${left} more`;
  const summary = fitSections([section], rest, MAX_OUTPUT_BYTES);
  const title = `${good} of ${countWord(results.length, 'check')} passed`;
  return {
    ...ended(SUMMARY_CHECK, conclusion, { title, summary, text: '' }, head.link),
    finishedMs: Math.max(...results.map((each) => each.finishedMs)),
  };
}

function ended(
  name: string,
  conclusion: Conclusion,
  texts: Pick<DesiredCheck, 'title' | 'summary' | 'text'>,
  link: string,
): DesiredCheck {
  return {
    ...{ name, status: 'completed', conclusion, ...texts, actions: [], failures: [] },
    ...detailsOf(link),
  };
}

const detailsOf = (link: string) => (link === '' ? {} : { detailsUrl: link });
