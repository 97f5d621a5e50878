import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { expectWholeRecord } from './support/expect-runs.js';

const BUILDS = [
  { target: 'FVP_MPS2_M3', model: 'fvp-mps2-m3' },
  { target: 'ARM_CM3DS_MPS2', model: 'arm-cm3ds-mps2' },
] as const;
const APPS = [
  'net_udp_echo',
  'net_tcp_echo',
  'net_services',
  'net_dhcp_dns',
  'net_ctp',
  'net_forbidden',
];
const SUITE = join(import.meta.dirname, '../../test-suites/suites/network-bench/suite.yaml');
const { runs: BENCHES } = z
  .object({ runs: z.array(z.looseObject({ image: z.string() })) })
  .parse(parse(readFileSync(SUITE, 'utf8')));
const IMPAIRED = {
  ...{ image: 'net_udp_echo.elf', name: 'impaired', fixtures: ['ethernet'] },
  impairment: { delayMs: 1, lossPercent: 3, seed: 7 },
};
const appOf = (image: string): string => image.replace('.elf', '');

let farm: TestFarm;
let runs: RunDetail[];
beforeAll(async () => {
  const boards = Object.fromEntries(BUILDS.map(({ model }) => [model, 1]));
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards, fixtures: ['ethernet'] }] });
  const submissions = BUILDS.map(async ({ target }) => {
    const tests = APPS.map((app) => ({ image: `${app}.elf`, name: app, fixtures: ['ethernet'] }));
    const benches = BENCHES.map((bench) => ({ ...bench, name: appOf(bench.image) }));
    const wanted = [...tests, ...benches, IMPAIRED].map((run) => ({ ...run, target }));
    const spec = { version: 1, name: `network of ${target}`, runs: wanted };
    const created = await farm.client.submit(spec, [
      ...new Set(wanted.map(({ image }) => imagePath(target, appOf(image)))),
    ]);
    await farm.client.finished(created.submission.id, 180_000);
    return await Promise.all(created.runs.map((run) => farm.client.run(run.id)));
  });
  runs = (await Promise.all(submissions)).flat();
}, 300_000);
afterAll(async () => await farm?.stop());

function runOf(app: string, target: string): RunDetail {
  const run = runs.find((one) => one.name === app && one.requirement.target === target);
  if (!run) throw new Error(`no run ${app} on ${target}`);
  return run;
}

describe('images that test the network, on boards with the fixture', () => {
  it.each(BUILDS.flatMap(({ target }) => APPS.map((app) => [app, target] as const)))(
    'pass at the first attempt: %s on %s',
    async (app, target) => {
      const run = runOf(app, target);
      const { verdict, attempts, message } = run;
      expect({ verdict, attempts, message }).toMatchObject({ verdict: 'pass', attempts: 1 });
      await expectWholeRecord(farm.client, run);
      const events = await farm.client.events(run.id, 1);
      const notes = events.flatMap(({ body }) => (body.type === 'note' ? [body.text] : []));
      expect(notes.join('\n')).toMatch(/^network: [1-9]\d* frames from the board, [1-9]\d* to it/m);
    },
  );
});

describe('the suite network-bench', () => {
  const metricsOf = (app: string, target: string) => {
    const { verdict, message, attemptList } = runOf(app, target);
    expect({ verdict, message }).toEqual({ verdict: 'pass', message: '' });
    const all = attemptList[0]?.metrics ?? [];
    const metrics = all.filter(({ name }) => name.startsWith('net'));
    for (const metric of metrics) expect(metric).not.toHaveProperty('refused');
    return metrics;
  };

  it.each(BUILDS.map(({ target }) => target))(
    'measures throughput on the board and on the host, and what a question takes: %s',
    (target) => {
      const found = new Map(metricsOf('net_bench', target).map(({ name, value }) => [name, value]));
      const flows = ['tcp.up', 'tcp.down', 'udp.up'];
      const rates = flows.flatMap((flow) => [`net.${flow}.rate`, `net.${flow}.host-rate`]);
      const asked = ['tcp.request.1', 'tcp.request.64', 'udp.request.1', 'udp.request.64', 'ping'];
      const times = asked.flatMap((what) => [`net.${what}.p50`, `net.${what}.p99`]);
      const others = ['dhcp', 'tcp.connect.p50', 'tcp.connect.rate', 'pool.frames', 'pool.heap'];
      for (const name of [...rates, ...times, ...others.map((one) => `net.${one}`)])
        expect([name, found.get(name)]).toEqual([name, expect.any(Number)]);
    },
  );
});

it('a run may ask for a bad network: what is lost is told, and the numbers are of another environment', async () => {
  const run = runOf('impaired', 'FVP_MPS2_M3');
  expect(run).toMatchObject({ verdict: 'pass', attempts: 1 });
  const events = await farm.client.events(run.id, 1);
  const notes = events.flatMap(({ body }) => (body.type === 'note' ? [body.text] : []));
  expect(notes.join('\n')).toMatch(/^network: .*lost, as was asked for/m);
  expect(events.at(-1)?.body).toMatchObject({
    environment: { network: '1 ms delay, 3 % lost, 0 % reordered, seed 7' },
  });
});
