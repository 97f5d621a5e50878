import { execFileSync } from 'node:child_process';
import type { RunDetail, SubmissionCreated } from '@greenrack/farm-protocol';
import { afterEach, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import {
  consoleText,
  EXPECTED,
  expectSoakLines,
  expectWholeRecord,
} from './support/expect-runs.js';

const TARGET = 'FVP_MPS2_M3';
const APPS = ['soak', 'fail', 'soak', 'crash', 'soak', 'soak', 'pass', 'hang', 'soak', 'soak'];

describe('a suite whose farm loses a process in the middle', () => {
  let farm: TestFarm;
  afterEach(async () => await farm?.stop());

  const begin = async (): Promise<SubmissionCreated> => {
    farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 2 } }],
      controllerEnv: { GREENRACK_LEASE_TTL_MS: '5000' },
    });
    const spec = {
      version: 1,
      name: 'killed in the middle',
      runs: APPS.map((app, i) => ({ image: `${app}.elf`, target: TARGET, name: `${app} ${i}` })),
    };
    const created = await farm.client.submit(
      spec,
      [...new Set(APPS)].map((app) => imagePath(TARGET, app)),
    );
    await farm.client.waitFor(
      created.submission.id,
      (view) => view.runsFinished >= 1 && view.runsRunning >= 1,
    );
    return created;
  };

  const expectRightEnds = async (created: SubmissionCreated): Promise<RunDetail[]> => {
    const view = await farm.client.finished(created.submission.id, 120_000);
    expect(view.runsFinished).toBe(APPS.length);
    const details = await Promise.all(created.runs.map((run) => farm.client.run(run.id)));
    expect(details.map((run) => run.verdict)).toEqual(APPS.map((app) => EXPECTED[app]));
    for (const run of details) {
      await expectWholeRecord(farm.client, run);
      if (run.name.startsWith('soak')) expectSoakLines(await consoleText(farm.client, run));
    }
    return details;
  };

  it('has exactly one right verdict per run after kill -9 of the agent', async () => {
    const created = await begin();
    await farm.agent('lab').kill('SIGKILL');
    await farm.agent('lab').start();
    const details = await expectRightEnds(created);
    const lost = details
      .flatMap((run) => run.attemptList)
      .filter((attempt) => attempt.verdict === 'infra');
    expect(lost.map((attempt) => attempt.reason)).toEqual(lost.map(() => 'agentRestarted'));
    expect(lost.length).toBeGreaterThan(0);
  });

  it('has exactly one right verdict per run after kill -9 of the controller, and no attempt is lost by it', async () => {
    const created = await begin();
    await farm.controller.kill('SIGKILL');
    await farm.controller.start();
    const details = await expectRightEnds(created);
    expect(details.map((run) => run.attempts)).toEqual(details.map(() => 1));
  });

  it('has exactly one right verdict per run after kill -9 of Redis', async () => {
    const created = await begin();
    const pids = redisChildren(farm.controller.pid);
    expect(pids).toHaveLength(1);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const details = await expectRightEnds(created);
    expect(details.map((run) => run.attempts)).toEqual(details.map(() => 1));
    expect(redisChildren(farm.controller.pid)).toHaveLength(1);
  });
});

/** Redis servers whose parent is the controller. */
function redisChildren(parent: number | undefined): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, name]) => Number(ppid) === parent && name?.startsWith('redis-server'))
    .map(([pid]) => Number(pid));
}
