import { boardLabel, nightlyText, nightlyTitle } from '@greenrack/farm-model';
import type {
  BoardView,
  ChangeDetail,
  NightlyReport,
  SubmissionView,
} from '@greenrack/farm-protocol';
import { needsHands } from '../store/for-stages.js';
import type { Store } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import type { NoticeBody, NoticeBox } from './notice-box.js';

const BOARD = 'board ';
const DAY_MS = 86_400_000;
/** Lines of one section of a report. */
const MAX_LINES = 10;
const MAX_TEXT_CHARS = 20_000;
const MAX_FACTS = 200;

export interface GathererDeps {
  readonly box: NoticeBox;
  readonly store: Pick<Store, 'boards'>;
  /** Undefined for what the farm submits for itself. */
  readonly reportOf: (
    submissionId: string,
    signal: AbortSignal,
  ) => Promise<NightlyReport | undefined>;
  readonly changeOf: (id: string) => Promise<ChangeDetail>;
  readonly publicUrl?: string | undefined;
  readonly clock: Clock;
}

/** Finds the words for what happened. */
export class NoticeGatherer {
  readonly #deps: GathererDeps;

  constructor(deps: GathererDeps) {
    this.#deps = deps;
  }

  /** The duty: a submission that has finished, or a board. */
  async gather(subject: string, signal: AbortSignal): Promise<undefined> {
    if (subject.startsWith(BOARD)) await this.#board(subject.slice(BOARD.length));
    else await this.#submission(subject, signal);
  }

  /** A change that may be certain by now, with its commit as far as the farm can find it. */
  async change(id: string): Promise<void> {
    const { box, changeOf, clock } = this.#deps;
    const change = await changeOf(id);
    const isSure = change.state === 'verified' || change.state === 'returned';
    const isOver = change.work === 'done' || change.work === 'blocked';
    if (!isSure || !isOver || change.effect !== 'regression') return;
    const { tenant, state } = change;
    const body = { ...changeBody(change), ...this.#page(`changes/${id}`) };
    await box.tell({ event: `${id} ${state}`, tenant, kinds: ['change'], body }, clock.now());
  }

  async #submission(id: string, signal: AbortSignal): Promise<void> {
    const { box, reportOf, clock } = this.#deps;
    const report = await reportOf(id, signal);
    if (!report) return;
    const { submission, schedule, newFailures, missing } = report;
    const isWorse = newFailures.total + missing.total > 0;
    const kinds = [...(schedule ? ['nightly'] : []), ...(isWorse ? ['newFailures'] : [])];
    const facts = { kind: schedule ? ('nightly' as const) : ('newFailures' as const) };
    const body = {
      title: nightlyTitle(report),
      text: nightlyText(report, { maxLines: MAX_LINES }).slice(0, MAX_TEXT_CHARS),
      facts: { ...facts, ...factsOf(submission), ...placesOf(report) },
      ...this.#page(`submissions/${id}`),
    };
    await box.tell({ event: id, tenant: submission.tenant, kinds, body }, clock.now());
  }

  async #board(serial: string): Promise<void> {
    const { box, store, clock } = this.#deps;
    const board = (await store.boards.list()).find((one) => one.serial === serial);
    if (!board || !needsHands(flagsOf(board))) return;
    const nowMs = clock.now();
    const state = board.health === 'good' ? board.availability : board.health;
    // A board that comes and goes is told of once a day.
    const event = `${serial} ${state} ${Math.floor(nowMs / DAY_MS)}`;
    const body = { ...boardBody(board, state), ...this.#page(`boards/${serial}`) };
    await box.tell({ event, kinds: ['board'], body }, nowMs);
  }

  #page(path: string): Pick<NoticeBody, 'url'> {
    const { publicUrl } = this.#deps;
    return publicUrl === undefined ? {} : { url: `${publicUrl}/${path}` };
  }
}

function factsOf({ id, name, origin }: SubmissionView) {
  const { repository, ref, sha } = origin ?? {};
  return {
    ...{ name, submissionId: id },
    ...(repository !== undefined && { repository }),
    ...(ref !== undefined && { ref }),
    ...(sha !== undefined && { sha }),
  };
}

/** Where it happened, for filters. */
function placesOf({ conclusion, schedule, newFailures, missing, coverage }: NightlyReport) {
  const boards = newFailures.items.flatMap((one) => one.boards);
  const worse = [...newFailures.items, ...missing.items].map(({ target }) => target);
  // Of a night in which nothing is worse, all that ran.
  const targets = worse.length > 0 ? worse : coverage.items.map(({ target }) => target);
  return {
    conclusion,
    ...(schedule && { schedule: schedule.name }),
    targets: [...new Set(targets)].slice(0, MAX_FACTS),
    boards: [...new Set(boards)].slice(0, MAX_FACTS),
  };
}

function changeBody(change: ChangeDetail): Pick<NoticeBody, 'title' | 'text' | 'facts'> {
  const { worst, imageName, target, boardSerial, exact, good, bad, steps, repository, ref } =
    change;
  const build = ({ sha, imageSha256 }: typeof good) => sha ?? `image ${imageSha256}`;
  const first = exact ? build(bad) : `between ${build(good)} and ${build(bad)}`;
  const title = `${worst.metric} of ${imageName} is worse on ${target}: ${worst.before} → ${worst.after} ${worst.unit}`;
  const metrics = change.metricList
    .slice(0, MAX_LINES)
    .map(
      (one) => `  ${one.caseName ?? ''} ${one.metric}: ${one.before} → ${one.after} ${one.unit}`,
    );
  const evidence = steps.map(
    (one) =>
      `  ${one.kind} ${one.sides} of ${build(one.good)} and ${build(one.bad)}: ${one.outcome} (${one.submissionId})`,
  );
  const lines = [
    ...[title, '', `first bad build: ${first}`, `last good build: ${build(good)}`],
    ...[`board: ${boardSerial}`, ...(change.missing === null ? [] : [change.missing])],
    ...['', `Metrics (${change.metrics})`, ...metrics, '', 'Runs in turns', ...evidence],
  ];
  return {
    title,
    text: lines.join('\n').slice(0, MAX_TEXT_CHARS),
    facts: {
      ...{ kind: 'change', changeId: change.id, targets: [target], images: [imageName] },
      boards: [boardSerial],
      ...(repository !== null && { repository }),
      ...(ref !== null && { ref }),
      ...(exact && bad.sha !== null && { sha: bad.sha }),
    },
  };
}

function boardBody(board: BoardView, state: string): Pick<NoticeBody, 'title' | 'text' | 'facts'> {
  const { serial, target, agent, healthCause, cause, name } = board;
  const title = `${boardLabel(board)} (${target}) is ${state}`;
  const lines = [title, `serial ${serial}, agent ${agent}`, healthCause ?? cause];
  const boards = [serial, ...(name === undefined ? [] : [name])];
  return { title, text: lines.join('\n'), facts: { kind: 'board', targets: [target], boards } };
}

const flagsOf = ({ availability, health }: BoardView) => ({
  ...{ removed: 0, offline: availability === 'offline' ? 1 : 0, health },
});
