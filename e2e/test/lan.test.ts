import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveTopic, RunDetail, RunView } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { expectWholeRecord } from './support/expect-runs.js';

const TARGET: 'FVP_MPS2_M3' | 'ARM_CM3DS_MPS2' = 'FVP_MPS2_M3';
const SUITE = join(import.meta.dirname, '../../test-suites/suites/network/suite.yaml');
const part = { role: z.string(), image: z.string() };
const pairSchema = z.object({
  ...part,
  link: z.string(),
  partners: z.tuple([z.object(part)]),
  metrics: z.looseObject({}).optional(),
});
const suiteSchema = z.object({
  targets: z.array(z.enum(['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'])).min(1),
  runs: z.tuple([pairSchema, pairSchema]),
});
const suite = suiteSchema.parse(parse(readFileSync(SUITE, 'utf8')));
const [pair, benches] = suite.runs;

describe('a run of two boards with a network between them', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    const boards = { 'fvp-mps2-m3': 2, 'arm-cm3ds-mps2': 2 };
    const racks = [
      { agent: 'lab', boards, fixtures: ['lan'] },
      { agent: 'loose', boards },
    ];
    farm = await TestFarm.start({ racks });
  }, 120_000);
  afterAll(async () => await farm?.stop());

  /** The pair of the suite, on boards of one target. */
  async function submit(
    more: object = {},
    {
      target = TARGET,
      of = pair,
      client = of.partners[0].image,
    }: { target?: typeof TARGET; of?: typeof pair; client?: string } = {},
  ): Promise<string> {
    const partners = [{ ...of.partners[0], image: client, target }];
    const runs = [{ ...of, target, partners, ...more }];
    const apps = [of.image, client].map((name) => name.replace('.elf', ''));
    const paths = apps.map((app) => imagePath(target, app));
    const created = await farm.client.submit({ version: 1, name: 'lan', runs }, paths);
    return created.runs[0]?.id ?? '';
  }

  async function finished(id: string): Promise<RunDetail> {
    await farm.client.finished((await farm.client.run(id)).submissionId, 120_000);
    return await farm.client.run(id);
  }

  /** Resolves when both boards have their addresses: from then on they talk. */
  async function talking(id: string): Promise<RunDetail> {
    const { submissionId } = await farm.client.run(id);
    const socket = farm.client.live();
    try {
      await new Promise<void>((resolve, reject) => {
        const look = (run: RunView) => {
          if (run.state === 'finished') reject(new Error(`it has ended: ${run.message}`));
          if (run.id === id && run.casesDone >= 2) resolve();
        };
        socket.on('run', look);
        socket.on('connect', () => {
          const topic: LiveTopic = { topic: 'submission', id: submissionId };
          socket.emit('subscribe', topic, () => {
            farm.client.run(id).then(look, reject);
          });
        });
      });
    } finally {
      socket.disconnect();
    }
    return await farm.client.run(id);
  }

  /** As the kernel ends one that has no memory left: at once, and without a word. */
  function killEmulators(serial: string): void {
    const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
    const agent = String(farm.agent('lab').pid);
    const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
    const own = rows.filter(
      ([, ppid, ...args]) => ppid === agent && args.join(' ').includes(`/${serial}/image`),
    );
    expect(own.length).toBeGreaterThan(0);
    for (const [pid] of own) process.kill(Number(pid), 'SIGKILL');
  }

  it.each(suite.targets)(
    'passes when client and server talk, on the rack whose boards can be joined: %s',
    async (target) => {
      const run = await finished(await submit({}, { target }));
      const { verdict, message, attempts, link } = run;
      expect({ verdict, message, attempts, link }).toEqual({
        verdict: 'pass',
        message: '',
        attempts: 1,
        link: 'network',
      });
      const [attempt] = run.attemptList;
      expect(attempt?.agent).toBe('lab');
      const found = new Map(attempt?.metrics.map(({ name, value }) => [name, value]));
      // Every question is answered once at least, and the goodbye.
      expect(found.get('lan.answered')).toBeGreaterThanOrEqual(201);
      for (const size of [64, 1400]) expect(found.get(`lan.round_trip.${size}`)).toBeGreaterThan(0);
      await expectWholeRecord(farm.client, run);
      const end = (await farm.client.events(run.id, 1)).at(-1)?.body;
      const facts = { host: expect.any(Object), environment: { emulator: expect.any(String) } };
      expect(end).toMatchObject({ ...facts, partners: [{ role: 'client', ...facts }] });
    },
    150_000,
  );

  it('measures what iperf carries from board to board, at both ends', async () => {
    const run = await finished(await submit({}, { of: benches }));
    expect(run).toMatchObject({ verdict: 'pass', message: '' });
    const found = new Map(run.attemptList[0]?.metrics.map((metric) => [metric.name, metric]));
    for (const name of Object.keys(benches.metrics ?? {})) {
      expect(found.get(name)).toMatchObject({ value: expect.any(Number) });
      expect(found.get(name)).not.toHaveProperty('refused');
    }
    const bytes = (name: string) => found.get(`lan.${name}.bytes`)?.value;
    expect(bytes('tcp.received')).toBe(256 * 1024);
    expect(bytes('udp.received')).toBe(bytes('udp.reported'));
  }, 150_000);

  it.each(['server', 'client'] as const)(
    'is no failure of the code when the %s is gone: it is the bench',
    async (role) => {
      const id = await submit({ maxAttempts: 1 }, { client: 'lan_client_long.elf' });
      const { boardSerial, attemptList } = await talking(id);
      const other = attemptList[0]?.partners?.[0]?.boardSerial;
      killEmulators((role === 'server' ? boardSerial : other) ?? '');
      const run = await finished(id);
      expect(run).toMatchObject({ verdict: 'infra', reason: 'emulatorExited' });
      expect(run.message).toMatch(new RegExp(`^${role}: `));
      const verdicts = run.attemptList[0]?.cases.map((one) => one.verdict) ?? [];
      expect(verdicts).not.toContain('fail');
    },
    150_000,
  );

  it('is refused when no agent has joined boards for each role', async () => {
    const partner = { image: 'lan_client.elf', target: TARGET };
    const partners = [1, 2].map((n) => ({ ...partner, role: `part-${n}` }));
    await expect(submit({ partners })).rejects.toThrow(
      "no agent has boards for all of server, part-1, part-2 at the same time that are joined (fixture 'lan')",
    );
  });
});
