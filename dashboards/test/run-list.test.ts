import { VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { arrangeRuns, countStandings, type RunListView } from '../src/model/run-list.js';
import { submissionStanding, submissionStandings } from '../src/model/submission-summary.js';
import { BAR_ORDER, STANDINGS_BY_SEVERITY } from '../src/model/verdict-words.js';
import { makeRun, makeSubmission, WALL_MS } from './support/fixture-views.js';

const ALL: RunListView = { text: '', standings: new Set(), sort: 'ordinal', descending: false };
const passed = makeRun(0, {
  name: 'a10',
  state: 'finished',
  verdict: 'pass',
  startedMs: WALL_MS,
  finishedMs: WALL_MS + 50,
});
const failed = makeRun(1, {
  name: 'a9',
  state: 'finished',
  verdict: 'fail',
  message: 'main.cpp:42: Expected 3',
  startedMs: WALL_MS,
  finishedMs: WALL_MS + 10,
});
const running = makeRun(2, { name: 'b', state: 'running', startedMs: WALL_MS });
const queued = makeRun(3, { name: 'a10' });
const runs = [queued, running, failed, passed];
const ordinals = (view: Partial<RunListView>) =>
  arrangeRuns(runs, { ...ALL, ...view }).map((run) => run.ordinal);

describe('the list of runs', () => {
  it('stands in the order of the spec by default', () => {
    expect(ordinals({})).toEqual([0, 1, 2, 3]);
    expect(ordinals({ descending: true })).toEqual([3, 2, 1, 0]);
  });

  it('sorts names naturally, ties in the order of the spec', () => {
    expect(ordinals({ sort: 'name' })).toEqual([1, 0, 3, 2]);
  });

  it('puts the worst verdict first', () => {
    expect(ordinals({ sort: 'verdict' })).toEqual([1, 0, 2, 3]);
  });

  it('takes a run that still runs for the longest', () => {
    expect(ordinals({ sort: 'duration', descending: true })).toEqual([2, 0, 1, 3]);
  });

  it('filters by standing and by words of name, target, board and message', () => {
    expect(ordinals({ standings: new Set(['fail', 'queued']) })).toEqual([1, 3]);
    expect(ordinals({ text: 'MAIN.cpp:42' })).toEqual([1]);
    expect(ordinals({ text: 'a10 fvp' })).toEqual([0, 3]);
    expect(ordinals({ text: 'verdict:pass,queued -verdict:queued' })).toEqual([0]);
  });

  it('counts standings in the order of the bar', () => {
    const counts = countStandings(runs).map(({ standing, count }) => `${standing} ${count}`);
    expect(counts).toEqual(['pass 1', 'fail 1', 'running 1', 'queued 1']);
  });
});

describe('verdicts', () => {
  it('all have a place in the bar and a severity', () => {
    const every = [...VERDICTS, 'running', 'queued'].sort();
    expect([...BAR_ORDER].sort()).toEqual(every);
    expect([...STANDINGS_BY_SEVERITY].sort()).toEqual(every);
  });
});

describe('a submission as a whole', () => {
  it('shows what is left as running and queued', () => {
    const view = makeSubmission(1, {
      state: 'active',
      runsTotal: 10,
      runsFinished: 4,
      runsRunning: 2,
      verdicts: { pass: 3, crash: 1 },
    });
    expect(submissionStandings(view).map(({ standing, count }) => `${standing} ${count}`)).toEqual([
      'pass 3',
      'crash 1',
      'running 2',
      'queued 4',
    ]);
    expect(submissionStanding(view)).toBe('running');
  });

  it('has its worst verdict once it is finished', () => {
    const of = (verdicts: Parameters<typeof makeSubmission>[1]) =>
      submissionStanding(makeSubmission(1, { state: 'finished', ...verdicts }));
    expect(of({ verdicts: { pass: 9, fail: 1, flaky: 2 } })).toBe('fail');
    expect(of({ verdicts: { pass: 9, infra: 1 } })).toBe('infra');
    expect(of({ verdicts: { pass: 9, flaky: 1, skipped: 1 } })).toBe('flaky');
    expect(of({ verdicts: { pass: 9, skipped: 1 } })).toBe('pass');
    expect(of({ verdicts: { skipped: 3 } })).toBe('skipped');
    expect(of({ verdicts: {} })).toBe('skipped');
  });

  it('waits until its first run begins', () => {
    expect(submissionStanding(makeSubmission(1, { state: 'active', runsTotal: 3 }))).toBe('queued');
  });
});
