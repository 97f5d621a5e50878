import { expect, it } from '@jest/globals';
import { BARE_TARGETS, bareBoard } from './support/bare-board.js';

/** What a benchmark prints until it has passed, metric by metric. */
async function measured(target: (typeof BARE_TARGETS)[number], app: string): Promise<string[]> {
  const board = bareBoard(target, app);
  const metrics: string[] = [];
  try {
    await board.until(/^\{\{end;success\}\}/, (line) => {
      if (line.startsWith('{{metric;')) metrics.push(line);
    });
    return metrics;
  } finally {
    board.kill();
  }
}

it.each([
  ['net_cost', 8],
  ['storage_bench', 9],
  ['tls_bench', 7],
])(
  'a benchmark that waits for nobody gives exact numbers, the same on boards that share their core alone: %s',
  async (app, count) => {
    const [one = [], other] = await Promise.all(
      BARE_TARGETS.map((target) => measured(target, app)),
    );
    expect(one).toHaveLength(count);
    for (const metric of one) expect(metric).toMatch(/;exact\}\}$/);
    expect(other).toEqual(one);
  },
);
