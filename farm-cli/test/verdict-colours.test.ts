import { expect, it } from '@jest/globals';
import { withColours } from '../src/output/colours.js';
import { type RunSummary, verdictTable } from '../src/output/verdict-table.js';

const run = (name: string, more: Partial<RunSummary>): RunSummary => ({
  id: `run_${name}`,
  ...{ name, target: 'K64F', board: 'b-1', verdict: 'pass', rawVerdict: null, reason: null },
  ...{ message: '', durationMs: 1000, ...more },
});

it('the final table colours verdicts by what they mean, and nothing that only looks like one', () => {
  const runs = [
    run('fail', {}),
    run('b', { verdict: 'crash', message: 'pass' }),
    run('c', { verdict: 'infra' }),
    run('d', { verdict: 'xfail', rawVerdict: 'hang' }),
  ];
  const lines = withColours(verdictTable(runs)).split('\n');
  const paint = (code: number, text: string) => `\x1b[${code}m${text}\x1b[0m`;
  expect(lines.map((line) => line.split('b-1').at(-1)?.trim())).toEqual([
    expect.stringContaining('VERDICT'),
    `${paint(32, 'pass')}          1.0 s`,
    `${paint(31, 'crash')}         1.0 s  pass`,
    `${paint(33, 'infra')}         1.0 s`,
    expect.stringMatching(/^\x1b\[32mxfail\x1b\[0m \(hang\) /),
  ]);
  for (const line of lines) expect(line.match(/\x1b\[3/g)?.length ?? 0).toBeLessThanOrEqual(1);
});
