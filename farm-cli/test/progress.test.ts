import { describe, expect, it, jest } from '@jest/globals';
import type { CliContext } from '../src/cli-context.js';
import { progressOn } from '../src/output/progress.js';
import { runView, submissionView } from './support/views.js';

const MESSAGE =
  'checks.c:42: Expected 42 Was 41, as the long story goes that nobody reads to the end';

function told(stream: { isTTY: boolean; columns?: number }): string[] {
  let text = '';
  const stderr = { ...stream, write: (more: string) => (text += more) };
  const progress = progressOn({ stderr, env: { NO_COLOR: '1' } } as unknown as CliContext);
  const ended = { state: 'finished', startedMs: 1000, finishedMs: 1400 } as const;
  progress.submission(submissionView({ runsTotal: 2 }));
  const runs = [
    runView(0, { ...ended, name: 'a', boardSerial: 'b-1', verdict: 'pass' }),
    runView(1, { ...ended, name: 'longer', boardSerial: 'b-2', verdict: 'fail', message: MESSAGE }),
  ];
  for (const run of runs) progress.run({ ...run, state: 'queued' });
  for (const run of runs) progress.run(run);
  progress.stop();
  const control = /\u001b\[\d*[A-Z]|\r/g;
  return text.replace(control, '').trimEnd().split('\n');
}

describe('the lines about finished runs', () => {
  it('stand in columns and are whole where no terminal bounds them', () => {
    expect(told({ isTTY: false })).toEqual([
      '1/2  pass     a       K64F on b-1  0.4 s',
      `2/2  fail     longer  K64F on b-2  0.4 s  ${MESSAGE}`,
    ]);
  });

  it('give a long message a line of its own on a narrow terminal, and cut it', () => {
    const lines = told({ isTTY: true, columns: 60 });
    expect(lines.slice(-2)).toEqual([
      '2/2  fail     longer  K64F on b-2  0.4 s',
      '      checks.c:42: Expected 42 Was 41, as the long story g…',
    ]);
    expect(lines.every((line) => line.length < 60)).toBe(true);
  });
});

describe('the progress on a terminal where somebody is asked', () => {
  it('is taken off, draws nothing over the question, and tells afterwards what has ended', () => {
    let text = '';
    const stderr = { isTTY: true, columns: 60, write: (more: string) => (text += more) };
    const progress = progressOn({ stderr, env: { NO_COLOR: '1' } } as unknown as CliContext);
    progress.submission(submissionView({ runsTotal: 1 }));
    progress.hold?.(true);
    text = '';
    const ended = { state: 'finished', startedMs: 1000, finishedMs: 1400 } as const;
    jest.useFakeTimers();
    try {
      progress.run(runView(0, { ...ended, name: 'a', boardSerial: 'b-1', verdict: 'pass' }));
      jest.advanceTimersByTime(1000);
      expect(text).toBe('');
      progress.hold?.(false);
      jest.advanceTimersByTime(1000);
      expect(text).toContain('1/1  pass     a  K64F on b-1  0.4 s');
    } finally {
      jest.useRealTimers();
      progress.stop();
    }
  });
});

describe('the progress of many runs', () => {
  const TOTAL = 500;

  function many(context: { isTTY: boolean; env?: Record<string, string> }): string {
    let text = '';
    const { isTTY, env = {} } = context;
    const stderr = { isTTY, columns: 100, write: (more: string) => (text += more) };
    const progress = progressOn({ stderr, env } as unknown as CliContext);
    progress.submission(submissionView({ runsTotal: TOTAL }));
    for (let i = 0; i < TOTAL; i++) {
      const verdict = i === 7 ? 'fail' : 'pass';
      const ended = { state: 'finished', startedMs: 1000, finishedMs: 1400, verdict } as const;
      progress.run(runView(i, { ...ended, name: `n${i}`, boardSerial: 'b-1', message: MESSAGE }));
      const verdicts = i < 7 ? { pass: i + 1 } : { pass: i, fail: 1 };
      progress.submission(
        submissionView({ runsTotal: TOTAL, runsFinished: i + 1, verdicts, revision: i + 2 }),
      );
    }
    progress.stop();
    return text;
  }

  it('is what failed, and a line for each tenth', () => {
    const lines = many({ isTTY: false }).trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe(`  8/500  fail     n7  K64F on b-1  0.4 s  ${MESSAGE}`);
    expect(lines[1]).toMatch(/^50\/500 {2}49 pass, 1 fail {2}about .+ left$/);
    expect(lines.at(-1)).toBe('500/500  499 pass, 1 fail');
  });

  it('has colours on a terminal only, and none where NO_COLOR is set', () => {
    expect(many({ isTTY: true })).toContain('\u001b[31mfail\u001b[0m');
    expect(many({ isTTY: true, env: { NO_COLOR: '1' } })).not.toContain('\u001b[31m');
    expect(many({ isTTY: false })).not.toContain('\u001b');
  });
});
