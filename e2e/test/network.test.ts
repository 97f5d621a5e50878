import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

let farm: TestFarm;
let runs: RunDetail[];
beforeAll(async () => {
  const boards = Object.fromEntries(BUILDS.map(({ model }) => [model, 1]));
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards, fixtures: ['ethernet'] }] });
  const submissions = BUILDS.map(async ({ target }) => {
    const wanted = APPS.map((app) => ({
      image: `${app}.elf`,
      target,
      name: app,
      fixtures: ['ethernet'],
    }));
    const spec = { version: 1, name: `network of ${target}`, runs: wanted };
    const created = await farm.client.submit(
      spec,
      APPS.map((app) => imagePath(target, app)),
    );
    await farm.client.finished(created.submission.id, 180_000);
    return await Promise.all(created.runs.map((run) => farm.client.run(run.id)));
  });
  runs = (await Promise.all(submissions)).flat();
}, 300_000);
afterAll(async () => await farm?.stop());

describe('images that test the network, on boards with the fixture', () => {
  it.each(BUILDS.flatMap(({ target }) => APPS.map((app) => [app, target] as const)))(
    'pass at the first attempt: %s on %s',
    async (app, target) => {
      const run = runs.find((one) => one.name === app && one.requirement.target === target);
      if (!run) throw new Error('no such run');
      const { verdict, attempts, message } = run;
      expect({ verdict, attempts, message }).toMatchObject({ verdict: 'pass', attempts: 1 });
      await expectWholeRecord(farm.client, run);
      const events = await farm.client.events(run.id, 1);
      const notes = events.flatMap(({ body }) => (body.type === 'note' ? [body.text] : []));
      expect(notes.join('\n')).toMatch(/^network: [1-9]\d* frames from the board, [1-9]\d* to it/m);
    },
  );
});
