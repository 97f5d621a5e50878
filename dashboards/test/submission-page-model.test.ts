import { describe, expect, it } from '@jest/globals';
import { ganttOf, ganttTicks } from '../src/model/gantt.js';
import { runMatrix } from '../src/model/run-matrix.js';
import { makeRun } from './support/fixture-views.js';

const on = (target: string) => ({ requirement: { target, fixtures: [], tags: [] } });

describe('the matrix of a submission', () => {
  it('has its shape before anything has run, and shows the worst of repeats', () => {
    const runs = [
      makeRun(0, { name: 'kv', ...on('K64F'), state: 'finished', verdict: 'pass' }),
      makeRun(1, { name: 'kv', ...on('K64F'), state: 'finished', verdict: 'crash' }),
      makeRun(2, { name: 'kv', ...on('LPC1768') }),
      makeRun(3, { name: 'udp', ...on('LPC1768') }),
    ];
    const { targets, rows } = runMatrix(runs);
    expect(targets).toEqual(['K64F', 'LPC1768']);
    expect(rows.map(({ name, cells }) => [name, ...cells.map((cell) => cell?.standing)])).toEqual([
      ['kv', 'crash', 'queued'],
      ['udp', undefined, 'queued'],
    ]);
    expect(rows[0]?.cells[0]).toMatchObject({ done: 2 });
  });
});

describe('the timeline of a submission', () => {
  const run = (
    ordinal: number,
    boardSerial: string | null,
    times: [number | null, number | null],
  ) => makeRun(ordinal, { boardSerial, startedMs: times[0], finishedMs: times[1] });

  it('has a lane for each board, and what still runs reaches up to now', () => {
    const gantt = ganttOf(
      [run(0, 'b10', [0, 50]), run(1, 'b9', [25, null]), run(2, null, [null, null])],
      100,
    );
    expect(gantt?.lanes.map(({ serial }) => serial)).toEqual(['b9', 'b10']);
    expect(gantt?.lanes[0]?.bars[0]).toMatchObject({ left: 0.25, width: 0.75 });
    expect(gantt?.lanes[1]).toMatchObject({ busy: 0.5 });
  });

  it('is none before the first run has begun, and says how many runs it leaves out', () => {
    expect(ganttOf([run(0, null, [null, null])], 0)).toBeUndefined();
    const many = Array.from({ length: 2500 }, (_, at) => run(at, 'b', [at, at + 1]));
    expect(ganttOf(many, 3000)).toMatchObject({ leftOut: 500 });
  });

  it('has about five round moments on its scale, however long it is', () => {
    for (const whole of [1, 7, 480, 61_000, 86_400_000]) {
      const ticks = ganttTicks(whole);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(ticks[0]).toBe(0);
    }
    expect(ganttTicks(1000)).toEqual([0, 200, 400, 600, 800, 1000]);
  });
});
