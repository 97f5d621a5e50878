import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metric, RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const SUITE = join(import.meta.dirname, '../../test-suites/suites/rtos-timing/suite.yaml');
const REPEATS = 20;
const FINISH_MS = 600_000;
const LOOPS = [
  'basic',
  'cooperative',
  'preemptive',
  'interrupt',
  'interrupt-preemption/flags',
  'message',
  'synchronization',
  'memory',
];
const suiteSchema = z.object({
  targets: z.array(z.enum(['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'])),
  runs: z.array(
    z
      .object({ image: z.string(), expect: z.literal('pass'), timeoutMs: z.number().optional() })
      .transform(({ image, timeoutMs }) => ({ image, timeoutMs })),
  ),
});
const suite = suiteSchema.parse(parse(readFileSync(SUITE, 'utf8')));

let farm: TestFarm;
let runs: RunDetail[];
beforeAll(async () => {
  farm = await TestFarm.start({
    racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1, 'arm-cm3ds-mps2': 1 } }],
  });
  runs = (await Promise.all(suite.targets.map(runSuite))).flat();
}, FINISH_MS);
afterAll(async () => await farm?.stop());

async function runAll(runs: object[], files: string[]): Promise<RunDetail[]> {
  const created = await farm.client.submit({ version: 1, name: 'rtos-timing', runs }, files);
  await farm.client.finished(created.submission.id, FINISH_MS);
  return await Promise.all(created.runs.map((run) => farm.client.run(run.id)));
}

async function runSuite(target: string): Promise<RunDetail[]> {
  const wanted = suite.runs.map((run) => ({ ...run, target, name: run.image }));
  const files = suite.runs.map(({ image }) => imagePath(target, image.replace(/\.elf$/, '')));
  return await runAll(wanted, files);
}

async function metricsOf(run: RunDetail): Promise<Metric[]> {
  const events = await farm.client.events(run.id, run.attempts);
  return events.flatMap(({ body }) => (body.type === 'metric' ? [body.metric] : []));
}

describe.each(suite.targets)('the suite rtos-timing on %s', (target) => {
  const runOf = (image: string): RunDetail => {
    const run = runs.find((one) => one.name === image && one.requirement.target === target);
    if (!run) throw new Error(`no run ${image}`);
    return run;
  };

  it.each(suite.runs.map(({ image }) => image))('passes: %s', (image) => {
    expect(runOf(image)).toMatchObject({ verdict: 'pass', attempts: 1 });
  });

  it('gives the score of each of the eight loops, exactly', async () => {
    const metrics = await metricsOf(runOf('rtos_thread_metric.elf'));
    const scores = metrics.filter(({ name }) => name.endsWith('.score/1s'));
    expect(scores.map(({ name }) => name.split('.')[1])).toEqual(LOOPS);
    for (const score of scores)
      expect(score).toMatchObject({ unit: 'count', direction: 'higher', kind: 'exact' });
  });
});

describe('one image of benchmarks', () => {
  it(
    `gives the same numbers in each of ${REPEATS} runs`,
    async () => {
      const target = 'FVP_MPS2_M3';
      const file = imagePath(target, 'rtos_timing');
      const repeats = await runAll([{ image: 'rtos_timing.elf', target, repeat: REPEATS }], [file]);
      expect(repeats.map(({ verdict }) => verdict)).toEqual(repeats.map(() => 'pass'));
      const [first = [], ...others] = await Promise.all(repeats.map(metricsOf));
      expect(first.filter(({ unit }) => unit === 'instructions').length).toBeGreaterThan(300);
      expect(others).toHaveLength(REPEATS - 1);
      for (const other of others) expect(other).toEqual(first);
    },
    FINISH_MS,
  );
});
