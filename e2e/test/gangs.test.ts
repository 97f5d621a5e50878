import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { expectWholeRecord } from './support/expect-runs.js';

const TARGET = 'FVP_MPS2_M3';

describe('a run of two boards', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 2 } }] });
  }, 120_000);
  afterAll(async () => await farm?.stop());

  async function submit(server: string, client: string, more: object = {}): Promise<string> {
    const partners = [{ role: 'client', image: `${client}.elf`, target: TARGET }];
    const run = { image: `${server}.elf`, target: TARGET, role: 'server', partners, ...more };
    const paths = [...new Set([server, client])].map((app) => imagePath(TARGET, app));
    const { submission, runs } = await farm.client.submit(
      { version: 1, name: 'pair', runs: [run] },
      paths,
    );
    expect(runs).toHaveLength(1);
    expect(submission.runsTotal).toBe(1);
    return runs[0]?.id ?? '';
  }

  async function finished(id: string): Promise<RunDetail> {
    await farm.client.finished((await farm.client.run(id)).submissionId, 120_000);
    return await farm.client.run(id);
  }

  async function expectBoardsFree(): Promise<void> {
    for (const { availability, health } of await farm.client.boards())
      expect([availability, health]).toEqual(['idle', 'good']);
  }

  it('passes when both images pass, and tells their cases and consoles apart', async () => {
    const run = await finished(await submit('pass', 'skip'));
    expect(run).toMatchObject({ verdict: 'pass', attempts: 1, role: 'server', link: 'rack' });
    const [attempt] = run.attemptList;
    expect(attempt?.partners).toMatchObject([{ role: 'client' }]);
    expect(attempt?.partners?.[0]?.boardSerial).not.toBe(attempt?.boardSerial);
    const names = attempt?.cases.map(({ name }) => name) ?? [];
    for (const role of ['server: ', 'client: '])
      expect(names.filter((name) => name.startsWith(role)).length).toBeGreaterThan(0);
    expect(names.every((name) => /^(server|client): /.test(name))).toBe(true);
    await expectWholeRecord(farm.client, run);
    await expectBoardsFree();
  }, 150_000);

  it('flashes both boards before either starts, and the server before the client', async () => {
    const run = await finished(await submit('pass', 'pass'));
    const events = await farm.client.events(run.id, 1);
    const phases = events.flatMap(({ body }) => ('phase' in body ? [body.phase] : []));
    expect(phases).toEqual(
      ['prepare', 'flash', 'run', 'collect', 'restore'].flatMap((phase) => [phase, phase]),
    );
    const shakes = events.flatMap(({ body }) =>
      body.type === 'note' && body.text.includes('handshake') ? [body.text.slice(0, 7)] : [],
    );
    expect(shakes.sort()).toEqual(['client:', 'server:']);
  }, 150_000);

  it('has the worse verdict of the two, and ends the other board', async () => {
    const run = await finished(await submit('soak', 'fail'));
    expect(run).toMatchObject({ verdict: 'fail', attempts: 1 });
    expect(run.message).toMatch(/^client: /);
    const cases = run.attemptList[0]?.cases ?? [];
    const ofServer = cases.filter(({ name }) => name.startsWith('server: '));
    // The client may fail before the server has begun its first case.
    expect(ofServer.at(-1)?.verdict ?? 'cancelled').toBe('cancelled');
    await expectBoardsFree();
  }, 150_000);

  it('is begun anew on both boards when its agent is killed', async () => {
    const id = await submit('soak', 'soak');
    const { submissionId } = await farm.client.run(id);
    await farm.client.waitFor(submissionId, ({ runsRunning }) => runsRunning === 1, 60_000);
    const agent = farm.agent('lab');
    await agent.kill('SIGKILL');
    await agent.start();
    const run = await finished(id);
    expect(run).toMatchObject({ verdict: 'pass', attempts: 2 });
    expect(run.attemptList[0]).toMatchObject({ verdict: 'infra', reason: 'agentRestarted' });
    await expectBoardsFree();
  }, 240_000);

  it('is refused when no agent has a board for each role', async () => {
    const partner = { image: 'pass.elf', target: TARGET };
    const partners = [1, 2].map((n) => ({ ...partner, role: `part-${n}` }));
    await expect(submit('pass', 'pass', { partners })).rejects.toThrow(
      'no agent has boards for all of server, part-1, part-2 at the same time',
    );
    await expect(submit('pass', 'pass', { link: 'farm' })).rejects.toThrow(
      'boards of several agents',
    );
  });
});
