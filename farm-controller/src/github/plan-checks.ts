import type { Policy } from '@greenrack/farm-protocol';
import { checkConclusion, type Trouble, worstConclusion } from './check-conclusion.js';
import type { CheckResults, Conclusion, DesiredCheck } from './check-model.js';
import { actionsOf, finishedTexts } from './check-output.js';
import { cutToBytes, fitSections, MAX_OUTPUT_BYTES } from './fit-text.js';
import type { Pending } from './fork-state.js';
import { plain } from './markdown.js';
import { boardWord, countWord } from './words.js';

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
  /** What a check says of which nothing was learnt. */
  readonly trouble: Trouble;
  /** Checks that the policy asks for. */
  readonly expected: readonly ExpectedCheck[];
  /** What people should know of the policy. */
  readonly notes: readonly string[];
  /** What is wrong with the policy that the change itself brings. */
  readonly broken?: string;
  readonly waitUntilMs: number;
  /** Page of the farm with all results; empty when the farm has no address of its own. */
  readonly link: string;
  /** What a commit of a fork waits for in place of a submission. */
  readonly pending?: Pending;
  /** A workflow of the fork has ended, and brought nothing: what the notes say of it is to be seen now. */
  readonly broughtNothing?: boolean;
  /** Checks that are there already, by name. */
  readonly begun: readonly string[];
}

/** A suite on a target that the policy names. */
export interface ExpectedCheck {
  readonly suite: string;
  readonly target: string;
  readonly gate: 'required' | 'informative';
  /** The change touches what it tests. */
  readonly needed: boolean;
}

/** A policy, and the suites of it that the change needs. */
interface Asked {
  readonly policy: Policy;
  readonly needed: readonly string[];
}

/** The checks that policies ask for: what one needs is needed, and what one requires is required. */
export function expectedBy(plans: readonly Asked[]): ExpectedCheck[] {
  const checks = new Map<string, ExpectedCheck>();
  for (const { policy, needed } of plans)
    for (const { name: suite, targets, gate } of policy.suites)
      for (const target of targets) {
        const key = JSON.stringify([suite, target]);
        const before = checks.get(key);
        const isNeeded = before?.needed === true || needed.includes(suite);
        const kept = before?.gate === 'required' ? before.gate : gate;
        checks.set(key, { suite, target, gate: kept, needed: isNeeded });
      }
  return [...checks.values()];
}

/** What checks say of which nothing was learnt, the worst that one of the policies says. */
export function troubleOf(policies: readonly Policy[], isQueued: boolean): Trouble {
  const said = policies.map(({ withoutResult }) =>
    isQueued ? withoutResult.mergeQueue : withoutResult.pullRequest,
  );
  const ranked: readonly Trouble[] = ['failure', 'action_required', 'neutral'];
  return ranked.find((each) => said.includes(each)) ?? 'failure';
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
  const shown = results.slice(0, MAX_CHECKS);
  const absent = absentOf(head, results);
  const checks = [
    ...shown.map((each) => checkOf(head, each)),
    ...absent.map((each) => absentCheck(head, each, nowMs)),
  ].slice(0, MAX_CHECKS);
  return [...checks, noted(head, summaryOf(head, { results, absent, nowMs }))];
}

/** What was asked for, and has not come. */
function absentOf({ expected }: HeadFacts, results: readonly CheckResults[]): ExpectedCheck[] {
  const come = new Set(results.map(({ suite, target }) => checkName(suite, target)));
  return expected.filter(({ suite, target }) => !come.has(checkName(suite, target)));
}

/** Every check that may be required is always there: one that is never reported would block for ever. */
function absentCheck(head: HeadFacts, { needed, gate, ...of }: ExpectedCheck, nowMs: number) {
  const name = checkName(of.suite, of.target);
  const nothing = {
    title: 'Not needed',
    summary: 'This change touches nothing that it tests.',
    text: '',
  };
  if (!needed) return ended(name, 'skipped', nothing, head.link);
  const check = { ...waiting(head, nowMs), name };
  return gate === 'informative' && check.conclusion === 'failure'
    ? { ...check, conclusion: 'neutral' as const }
    : check;
}

/** What people should know of the policy stands above everything else. */
function noted({ notes, broken }: HeadFacts, check: DesiredCheck): DesiredCheck {
  if (notes.length === 0 && broken === undefined) return check;
  const lines = [
    ...(broken === undefined ? [] : [`This change breaks the policy: ${broken}`]),
    ...notes,
  ];
  const text = lines.map((line) => `> ${plain(line, 1_000)}`).join('\n>\n');
  const summary = cutToBytes(`${text}\n\n${check.summary}`, MAX_OUTPUT_BYTES);
  if (broken === undefined || check.status !== 'completed') return { ...check, summary };
  return { ...check, summary, conclusion: 'failure', title: 'The policy file is broken' };
}

function calledOff(name: string, { why, link }: HeadFacts): DesiredCheck {
  return ended(
    name,
    'cancelled',
    { title: 'No longer wanted', summary: plain(why), text: '' },
    link,
  );
}

/** Nobody has submitted anything yet. */
export function waiting(
  head: Pick<HeadFacts, 'sha' | 'waitUntilMs' | 'link' | 'pending' | 'broughtNothing'>,
  nowMs: number,
): DesiredCheck {
  if (head.pending)
    return {
      ...{ name: SUMMARY_CHECK, ...head.pending, text: '', failures: [] },
      ...detailsOf(head.link),
    };
  if (nowMs < head.waitUntilMs)
    return {
      ...{ name: SUMMARY_CHECK, title: 'Waiting for images' },
      // What is only said otherwise is not written: a check takes three writes.
      status: head.broughtNothing ? 'in_progress' : 'queued',
      summary: `No submission of commit ${head.sha} has come yet. It is made by the workflow that builds the firmware.`,
      ...{ text: '', actions: [], failures: [] },
      ...detailsOf(head.link),
    };
  const summary = `No submission of commit ${head.sha} came in time: look at the workflow that builds the firmware. “Re-run” has the farm wait again.`;
  return ended(SUMMARY_CHECK, 'failure', { title: 'No images came', summary, text: '' }, head.link);
}

const isFinished = ({ total, finished }: CheckResults): boolean => finished === total;

function checkOf(head: HeadFacts, results: CheckResults): DesiredCheck {
  const name = checkName(results.suite, results.target);
  const link = linkOf(head, results);
  if (!isFinished(results)) return running(name, [results], link);
  const conclusion = checkConclusion(results, head.trouble);
  const texts = finishedTexts(results, conclusion, link);
  return {
    ...ended(name, conclusion, texts, link),
    actions: actionsOf(results, conclusion),
    failures: results.failures,
    finishedMs: results.finishedMs,
  };
}

function linkOf({ link }: HeadFacts, { submissionIds }: CheckResults): string {
  return link === '' ? '' : `${link}/submissions/${submissionIds[0]}`;
}

function running(name: string, results: readonly CheckResults[], link: string): DesiredCheck {
  const total = results.reduce((sum, each) => sum + each.total, 0);
  const title = `${countWord(total, 'run')} under way`;
  const summary = link === '' ? title : `${title}: [how far they are](${link})`;
  return {
    ...{ name, status: 'in_progress', title, summary, text: '', actions: [], failures: [] },
    ...detailsOf(link),
  };
}

interface Found {
  readonly results: readonly CheckResults[];
  readonly absent: readonly ExpectedCheck[];
  readonly nowMs: number;
}

function summaryOf(head: HeadFacts, { results, absent, nowMs }: Found): DesiredCheck {
  const missing = absent.filter(({ needed, gate }) => needed && gate === 'required');
  if (results.length === 0) {
    const isNothing = absent.length > 0 && absent.every(({ needed }) => !needed);
    return isNothing ? nothingNeeded(head) : waiting(head, nowMs);
  }
  if (!results.every(isFinished)) return running(SUMMARY_CHECK, results, head.link);
  if (missing.length > 0 && head.pending) return waiting(head, nowMs);
  if (missing.length > 0 && nowMs < head.waitUntilMs) return waitingFor(missing, head);
  return concluded(head, results, absent);
}

function nothingNeeded({ link }: HeadFacts): DesiredCheck {
  const summary = 'By the policy, no suite is needed for this change.';
  return ended(SUMMARY_CHECK, 'success', { title: 'Nothing to test', summary, text: '' }, link);
}

function waitingFor(missing: readonly ExpectedCheck[], { link }: HeadFacts): DesiredCheck {
  const names = missing.map(({ suite, target }) => `${suite} (${target})`);
  const summary = `Waiting for ${plain(boardWord(names, 20), 2_000)}`;
  return {
    ...{ name: SUMMARY_CHECK, status: 'in_progress', summary, text: '', actions: [], failures: [] },
    ...{ title: `Waiting for ${countWord(missing.length, 'suite')}`, ...detailsOf(link) },
  };
}

function concluded(
  head: HeadFacts,
  results: readonly CheckResults[],
  absent: readonly ExpectedCheck[],
): DesiredCheck {
  const rows = [
    ...results.map((each) => ({ ...each, conclusion: checkConclusion(each, head.trouble) })),
    ...absent.map((each) => ({
      ...{ ...each, total: 0 },
      conclusion: each.needed ? ('failure' as const) : ('skipped' as const),
    })),
  ];
  const lines = rows.map(({ suite, target, gate, conclusion, total }) => {
    const cells = [plain(suite), plain(target), conclusion, gate, total];
    return `| ${cells.join(' | ')} |`;
  });
  const gating = rows.filter(({ gate }) => gate === 'required');
  const conclusion =
    gating.length === 0 ? 'success' : worstConclusion(gating.map((row) => row.conclusion));
  const intro = '| suite | target | conclusion | gate | runs |\n|---|---|---|---|---|';
  const section = { heading: `Commit ${head.sha}`, intro, lines };
  const rest = (left: number) => `… and ${left} more`;
  const summary = fitSections([section], rest, MAX_OUTPUT_BYTES);
  const good = rows.filter((row) => ['success', 'skipped'].includes(row.conclusion)).length;
  const title = `${good} of ${countWord(rows.length, 'check')} passed`;
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
