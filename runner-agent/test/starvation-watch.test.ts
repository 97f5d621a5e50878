import type { EventBody } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import type { HostLoad } from '../src/contracts/host-share.js';
import { StarvationWatch } from '../src/job/starvation-watch.js';
import type { SessionEnd } from '../src/session/session-types.js';

const FAIL: SessionEnd = { verdict: 'fail', reason: 'completed', message: '1 of 2 cases failed' };
const failures = [{ message: 'Values Not Within Delta 5 Expected 50 Was 139' }];

/** A failed case of a run, by how long it took and how long its emulator waited meanwhile, in ms. */
interface Failed {
  readonly tookMs: number;
  readonly waitedMs: number;
}

function runOf(cases: readonly Failed[], end = FAIL, verdict: 'fail' | 'crash' | 'hang' = 'fail') {
  let [atUs, load]: [number, HostLoad | undefined] = [0, { ranUs: 5000, waitedUs: 9_000_000 }];
  const watch = new StarvationWatch(
    { load: () => load, behindMs: () => Promise.resolve(undefined) },
    atUs,
  );
  const seen: EventBody[] = [];
  cases.forEach(({ tookMs, waitedMs }, i) => {
    const name = `case ${i}`;
    atUs += 10_000;
    seen.push(watch.see({ type: 'caseBegin', name }, atUs));
    load = load && { ranUs: load.ranUs + 2000, waitedUs: load.waitedUs + waitedMs * 1000 };
    atUs += tookMs * 1000;
    const durationUs = tookMs * 1000;
    seen.push(watch.see({ type: 'caseEnd', name, verdict, durationUs, failures }, atUs));
  });
  const ended = watch.judge(end);
  return { ended, verdicts: seen.flatMap((b) => (b.type === 'caseEnd' ? [b.verdict] : [])) };
}

describe('a failure on a virtual board', () => {
  it('is the machine’s when its emulator was kept waiting, and says so with the numbers', () => {
    const { ended, verdicts } = runOf([{ tookMs: 109, waitedMs: 88 }]);
    expect(verdicts).toEqual(['infra']);
    expect(ended).toMatchObject({ verdict: 'infra', reason: 'hostStarved' });
    expect(ended.message).toContain('"case 0" failed while its emulator waited 88 ms');
    expect(ended.message).toContain('within 109 ms');
    expect(ended.message).toContain('Expected 50 Was 139');
  });

  it('is the machine’s when a short case waited for longer than its tolerance', () => {
    // Mbed CE's ticker: an attach of 10 ms that may take 11.
    expect(runOf([{ tookMs: 21, waitedMs: 9.9 }]).verdicts).toEqual(['infra']);
  });

  it('is the machine’s also when begin and end of its case arrive in one piece', () => {
    let load: HostLoad = { ranUs: 0, waitedUs: 0 };
    const share = { load: () => load, behindMs: () => Promise.resolve(undefined) };
    const watch = new StarvationWatch(share, 0);
    watch.see({ type: 'casesListed', names: ['late'] }, 200_000);
    load = { ranUs: 70_000, waitedUs: 720_000 };
    watch.see({ type: 'caseBegin', name: 'late' }, 670_000);
    const end = {
      type: 'caseEnd',
      name: 'late',
      verdict: 'fail',
      durationUs: 0,
      failures,
    } as const;
    expect(watch.see(end, 670_000)).toMatchObject({ verdict: 'infra', failures });
    expect(watch.judge(FAIL).message).toContain('waited 720 ms for a processor within 470 ms');
  });

  it.each([
    ['hardly waited', [{ tookMs: 10, waitedMs: 0.9 }]],
    ['waited for a small part of its time', [{ tookMs: 10_000, waitedMs: 400 }]],
    ['did not wait', [{ tookMs: 50, waitedMs: 0 }]],
    [
      'waited in one failed case and not in another',
      [
        { tookMs: 100, waitedMs: 80 },
        { tookMs: 100, waitedMs: 0 },
      ],
    ],
  ])('stays the firmware’s when it %s', (_what, cases) => {
    expect(runOf(cases).ended).toEqual(FAIL);
  });

  it('stays the firmware’s when no case failed', () => {
    expect(runOf([]).ended).toEqual(FAIL);
  });

  it.each([
    ['crash', 'crashBlock'],
    ['hang', 'timeout'],
  ] as const)('stays a %s, however long it waited', (verdict, reason) => {
    const end: SessionEnd = { verdict, reason, message: 'as it was' };
    const { ended, verdicts } = runOf([{ tookMs: 109, waitedMs: 88 }], end, verdict);
    expect(ended).toEqual(end);
    expect(verdicts).toEqual([verdict]);
  });

  it('stays the firmware’s when neither test, case nor assertion is about time', () => {
    const verdictOf = (runName: string, name: string, message: string) => {
      let load: HostLoad = { ranUs: 0, waitedUs: 0 };
      const share = { load: () => load, behindMs: () => Promise.resolve(undefined) };
      const watch = new StarvationWatch(share, 0, runName);
      watch.see({ type: 'caseBegin', name }, 10_000);
      load = { ranUs: 1000, waitedUs: 500_000 };
      const end = { type: 'caseEnd', name, verdict: 'fail', durationUs: 1 } as const;
      const seen = watch.see({ ...end, failures: [{ message }] }, 600_000);
      return seen.type === 'caseEnd' && seen.verdict;
    };
    expect(verdictOf('fail', 'adds up', 'Expected 4 Was 5')).toBe('fail');
    expect(verdictOf('drivers-ticker', 'adds up', 'Expected 4 Was 5')).toBe('infra');
    expect(verdictOf('mail', 'get with timeout', 'Expected 4 Was 5')).toBe('infra');
    expect(verdictOf('mail', 'get', 'Values Not Within Delta 1 Expected 4 Was 6')).toBe('infra');
  });

  it('stays as it was on a board of its own, and where the kernel keeps no account', () => {
    for (const share of [undefined, { load: () => undefined, behindMs: async () => undefined }]) {
      const watch = new StarvationWatch(share, 0);
      watch.see({ type: 'caseBegin', name: 'a' }, 0);
      const end = {
        type: 'caseEnd',
        name: 'a',
        verdict: 'fail',
        durationUs: 9e6,
        failures,
      } as const;
      expect(watch.see(end, 9e6)).toBe(end);
      expect(watch.judge(FAIL)).toBe(FAIL);
    }
  });
});
