import { describe, expect, it } from '@jest/globals';
import type { CliContext } from '../src/cli-context.js';
import { progressOn } from '../src/output/progress.js';
import { runView, submissionView } from './support/views.js';

const MESSAGE =
  'checks.c:42: Expected 42 Was 41, as the long story goes that nobody reads to the end';

function told(stream: { isTTY: boolean; columns?: number }): string[] {
  let text = '';
  const stderr = { ...stream, write: (more: string) => (text += more) };
  const progress = progressOn({ stderr } as unknown as CliContext);
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
