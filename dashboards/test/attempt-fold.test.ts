import type { AttemptEvent, EventBody } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_FOLD, foldEvents, hasGap, shownAttempt } from '../src/model/attempt-fold.js';
import { fixtureDetail, fixtureEvents } from './support/fixture-attempts.js';
import { makeRun, WALL_MS } from './support/fixture-views.js';

const numbered = (...bodies: EventBody[]): AttemptEvent[] =>
  bodies.map((body, index) => ({ seq: index + 1, atUs: (index + 1) * 100, body }));
const failed = makeRun(3, {
  state: 'finished',
  verdict: 'fail',
  attempts: 1,
  startedMs: WALL_MS,
  finishedMs: WALL_MS + 500,
});

describe('events of an attempt', () => {
  it('add up to phases, cases, metrics and remarks', () => {
    const fold = foldEvents(EMPTY_FOLD, fixtureEvents(failed));
    expect(fold.phases.map(({ phase, ok }) => `${phase} ${ok}`)).toEqual([
      'prepare true',
      'flash true',
      'run true',
      'collect true',
      'restore true',
    ]);
    expect(fold.cases).toEqual(fixtureDetail(failed).attemptList[0]?.cases);
    expect(fold.metrics).toHaveLength(3);
    expect(fold.remarks[0]?.text).toContain('host test default_auto');
  });

  it('tell what its machine gave a virtual board, and how far their clocks parted', () => {
    const remarkOf = (behindMs?: number) => {
      const host = { tookMs: 470, ranMs: 70, waitedMs: 720, ...(behindMs && { behindMs }) };
      const ends = { verdict: 'pass', reason: 'completed', message: '' } as const;
      const console = { consoleBytes: 0, consoleSha256: '0'.repeat(64) };
      const end: EventBody = { type: 'attemptEnd', ...ends, ...console, host };
      return foldEvents(EMPTY_FOLD, numbered(end)).remarks[0]?.text;
    };
    const plain = 'Host: the emulator ran 70 ms and waited 720 ms for a processor in 470 ms';
    expect(remarkOf()).toBe(plain);
    expect(remarkOf(388)).toBe(`${plain}; its clock was 388 ms behind the host's`);
    expect(remarkOf(-50)).toBe(`${plain}; its clock was 50 ms ahead of the host's`);
  });

  it('that this version does not know are shown as they came', () => {
    const body = { type: 'unknown', name: 'supplyDip', json: '{"mv":2900}' } as const;
    const { remarks } = foldEvents(EMPTY_FOLD, numbered(body));
    expect(remarks.map(({ text }) => text)).toEqual(['supplyDip: {"mv":2900}']);
  });

  it('may come twice and in overlapping pieces', () => {
    const events = fixtureEvents(failed);
    const whole = foldEvents(EMPTY_FOLD, events);
    fc.assert(
      fc.property(fc.nat(events.length), fc.nat(events.length), (a, b) => {
        const first = foldEvents(EMPTY_FOLD, events.slice(0, Math.max(a, b)));
        expect(foldEvents(first, events.slice(Math.min(a, b)))).toEqual(whole);
      }),
    );
  });

  it('stop at a gap, so that nothing is counted without what came before', () => {
    const events = fixtureEvents(failed);
    const late = events.slice(4);
    const fold = foldEvents(foldEvents(EMPTY_FOLD, events.slice(0, 2)), late);
    expect(fold.lastSeq).toBe(2);
    expect(hasGap(fold, late)).toBe(true);
    expect(hasGap(foldEvents(fold, events), events)).toBe(false);
  });

  it('show which case runs, and a case that runs again as an execution of its own', () => {
    const end: EventBody = {
      type: 'caseEnd',
      name: 'a',
      verdict: 'pass',
      durationUs: 5,
      failures: [],
    };
    const fold = foldEvents(
      EMPTY_FOLD,
      numbered(
        { type: 'casesListed', names: ['a', 'b', 'a'] },
        { type: 'caseBegin', name: 'a' },
        end,
        { type: 'caseBegin', name: 'a' },
        { type: 'caseBegin', name: 'a' },
      ),
    );
    expect(fold.current).toBe('a #2');
    expect(fold.cases.map((one) => one.name)).toEqual(['a', 'b', 'a #2']);
  });

  it('keep the failure of a case whose end is told again', () => {
    const end = (verdict: 'pass' | 'fail'): EventBody => ({
      ...{ type: 'caseEnd', name: 'a', durationUs: 5 },
      ...{ verdict, failures: verdict === 'fail' ? [{ message: 'why' }] : [] },
    });
    const fold = foldEvents(EMPTY_FOLD, numbered(end('fail'), end('pass')));
    expect(fold.cases).toMatchObject([{ name: 'a', verdict: 'fail' }]);
  });

  it('forget the cases of a start that the firmware began anew', () => {
    const handshake: EventBody = {
      ...{ type: 'handshake', clientVersion: '1.3.0' },
      ...{ timeoutMs: 1000, hostTest: 'default_auto' },
    };
    const begin: EventBody = { type: 'caseBegin', name: 'a' };
    const fold = foldEvents(EMPTY_FOLD, numbered(handshake, begin, handshake));
    expect(fold).toMatchObject({ cases: [], current: null });
  });

  it('tell of a phase that failed, and why', () => {
    const fold = foldEvents(
      EMPTY_FOLD,
      numbered(
        { type: 'phaseBegin', phase: 'flash' },
        { type: 'phaseEnd', phase: 'flash', ok: false, detail: 'verify failed' },
      ),
    );
    expect(fold.phases).toEqual([
      { phase: 'flash', beginUs: 100, endUs: 200, ok: false, detail: 'verify failed' },
    ]);
  });

  it('lead while the attempt runs; the stored view is final once it has finished', () => {
    const view = fixtureDetail(failed).attemptList[0];
    if (!view) throw new Error('the fixture has an attempt');
    const fold = foldEvents(EMPTY_FOLD, numbered({ type: 'casesListed', names: ['live'] }));
    expect(shownAttempt(view, fold)).toBe(view);
    const running = shownAttempt({ ...view, state: 'running' }, fold);
    expect(running.cases.map((one) => one.name)).toEqual(['live']);
  });
});
