import { END_REASONS, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { mayDo } from '../src/model/roles.js';
import {
  casesWords,
  caseTimeWords,
  failurePlace,
  verdictWords,
  waitingWords,
} from '../src/model/run-words.js';
import { Store } from '../src/model/store.js';
import { explainReason, explainStanding } from '../src/model/verdict-words.js';
import { scrollMap, visibleRows } from '../src/model/windowing.js';

describe('words', () => {
  it('explain every verdict and every reason in a sentence', () => {
    for (const verdict of VERDICTS) expect(explainStanding(verdict)).toMatch(/^[A-Z].+\.$/);
    for (const reason of END_REASONS) expect(explainReason(reason)).toMatch(/^[A-Z].+\.$/);
  });

  it('give a verdict with its reason, without saying it twice', () => {
    const hang = verdictWords({ state: 'finished', verdict: 'hang', reason: 'timeout' });
    expect(hang).toBe(`${explainStanding('hang')} ${explainReason('timeout')}`);
    const stopped = verdictWords({ state: 'finished', verdict: 'cancelled', reason: 'cancelled' });
    expect(stopped).toBe('It was stopped on request.');
    expect(verdictWords({ state: 'queued', verdict: null, reason: null })).toBe(
      'It waits for a board.',
    );
  });

  it('say where a failure stands with what the firmware gave', () => {
    expect(failurePlace({ message: 'x', file: 'main.cpp', line: 42 })).toBe('main.cpp:42');
    expect(failurePlace({ message: 'x', line: 42 })).toBe('line 42');
    expect(failurePlace({ message: 'x', file: 'main.cpp' })).toBe('main.cpp');
    expect(failurePlace({ message: 'x' })).toBe('');
  });

  it('say how long the wait may be, or that nobody knows', () => {
    expect(waitingWords({ reason: '', position: 1, etaMs: 2000 })).toBe(
      'Next in line, starts in a few seconds.',
    );
    expect(waitingWords({ reason: '', position: 3, etaMs: null })).toMatch(
      /^Number 3 in line\. No run/,
    );
  });

  it('promise no turn while no board can take the run', () => {
    const blocked = { reason: '', etaMs: null, blocked: true };
    expect(waitingWords({ ...blocked, position: 1 })).toBe('It starts when a board has come back.');
    expect(waitingWords({ ...blocked, position: 3 })).toMatch(/^When a board .* number 3 in line/);
  });

  it('claim no time for a case that was too short to measure, or that never ran', () => {
    const one = { ordinal: 0, name: 'a', failures: [], verdict: 'pass' as const };
    expect(caseTimeWords({ ...one, durationUs: 0 })).toBe('< 1\u202fms');
    expect(caseTimeWords({ ...one, durationUs: 999 })).toBe('< 1\u202fms');
    expect(caseTimeWords({ ...one, durationUs: 1500 })).toBe('1.5\u202fms');
    expect(caseTimeWords({ ...one, durationUs: null })).toBe('');
    expect(caseTimeWords({ ...one, verdict: 'blocked', durationUs: 0 })).toBe('');
  });

  it('count cases by verdict', () => {
    const one = { ordinal: 0, name: 'a', durationUs: null, failures: [] };
    expect(
      casesWords([
        { ...one, verdict: 'fail' },
        { ...one, verdict: null },
      ]),
    ).toBe('2 cases: 1 fail, 1 to go');
  });
});

describe('roles', () => {
  it('rise, and an agent may do nothing that people do', () => {
    expect(mayDo('viewer', 'submitter')).toBe(false);
    expect(mayDo('submitter', 'submitter')).toBe(true);
    expect(mayDo('admin', 'operator')).toBe(true);
    expect(mayDo('agent', 'viewer')).toBe(false);
  });
});

describe('windowed lists', () => {
  it('draw what is visible and a little more', () => {
    const list = { count: 5000, rowPx: 34, overscan: 10 };
    expect(visibleRows({ topPx: -200, heightPx: 900 }, list)).toEqual({ start: 0, end: 31 });
    expect(visibleRows({ topPx: 34_000, heightPx: 900 }, list)).toEqual({ start: 990, end: 1037 });
    expect(visibleRows({ topPx: 1e9, heightPx: 900 }, list)).toEqual({ start: 5000, end: 5000 });
  });

  it('reach both ends of a list that is taller than browsers draw', () => {
    const map = scrollMap(50_000_000, 800, 12_000_000);
    expect(map.elementPx).toBe(12_000_000);
    expect(map.toList(0)).toBe(0);
    expect(map.toList(map.elementPx - 800)).toBeCloseTo(50_000_000 - 800);
    expect(map.toList(map.toScroll(33_000_000))).toBeCloseTo(33_000_000);
  });

  it('scroll one to one while the list is short', () => {
    const map = scrollMap(5000, 800);
    expect([map.elementPx, map.toList(123)]).toEqual([5000, 123]);
    expect(scrollMap(100, 800).toList(0)).toBe(0);
  });
});

describe('a store', () => {
  it('tells of many changes once, and of none that changed nothing', () => {
    const due: (() => void)[] = [];
    const store = new Store(0, (notify) => due.push(notify));
    let told = 0;
    const undo = store.subscribe(() => {
      told += 1;
    });
    store.update((n) => n);
    for (let i = 0; i < 100; i++) store.update((n) => n + 1);
    expect([due.length, told, store.get()]).toEqual([1, 0, 100]);
    due.shift()?.();
    expect(told).toBe(1);
    undo();
    store.update(() => 7);
    due.shift()?.();
    expect(told).toBe(1);
  });
});
