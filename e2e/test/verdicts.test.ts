import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { EXPECTED, expectWholeRecord } from './support/expect-runs.js';

const TARGETS = ['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'] as const;

describe.each(TARGETS)('a farm with boards of target %s', (target) => {
  let farm: TestFarm;
  let runs: Map<string, RunDetail>;

  beforeAll(async () => {
    const model = target === 'FVP_MPS2_M3' ? 'fvp-mps2-m3' : 'arm-cm3ds-mps2';
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { [model]: 2 } }] });
    const apps = [...Object.keys(EXPECTED), 'mute'];
    const spec = {
      version: 1,
      name: 'every image',
      runs: apps.map((app) => ({ image: `${app}.elf`, target, name: app, maxAttempts: 2 })),
    };
    const created = await farm.client.submit(
      spec,
      apps.map((app) => imagePath(target, app)),
    );
    await farm.client.finished(created.submission.id, 180_000);
    const details = await Promise.all(created.runs.map((run) => farm.client.run(run.id)));
    runs = new Map(details.map((run) => [run.name, run]));
  }, 240_000);
  afterAll(async () => await farm?.stop());

  const run = (name: string): RunDetail => {
    const found = runs.get(name);
    if (!found) throw new Error(`no run ${name}`);
    return found;
  };

  it.each(Object.entries(EXPECTED))('ends %s as %s at the first attempt', async (app, verdict) => {
    expect({ verdict: run(app).verdict, attempts: run(app).attempts }).toEqual({
      verdict,
      attempts: 1,
    });
    await expectWholeRecord(farm.client, run(app));
  });

  it('says where the assertion failed', () => {
    const failures = run('fail').attemptList[0]?.cases.flatMap((c) => c.failures) ?? [];
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) {
      expect(failure.file).toMatch(/fail.*\.c$/);
      expect(failure.line).toBeGreaterThan(0);
      expect(failure.message).not.toBe('');
    }
  });

  it('shows the crash block as evidence', () => {
    const crash = run('crash').attemptList[0]?.crash;
    expect(crash?.lines.join('\n')).toContain('++ MbedOS Error Info ++');
    expect(run('crash').reason).toBe('crashBlock');
  });

  it('ends a reboot loop at once, with evidence', () => {
    expect(run('reboot_loop').reason).toBe('rebooted');
    expect(run('reboot_loop').attemptList[0]?.crash?.lines.length).toBeGreaterThan(0);
  });

  it('ends a hang at the timeout that the image announced', () => {
    expect(run('hang').reason).toBe('timeout');
    expect(run('hang').message).toContain('no verdict within 2000 ms');
  });

  it('calls an image that never answers a hang, since an emulated console has no wire that could be loose', () => {
    expect({ verdict: run('mute').verdict, reason: run('mute').reason }).toEqual({
      verdict: 'hang',
      reason: 'syncFailed',
    });
  });

  it('reports in JUnit, CTRF and TAP', async () => {
    const id = run('fail').submissionId;
    const [junit, ctrf, tap] = await Promise.all(
      ['junit', 'ctrf', 'tap'].map(async (format) => {
        const response = await farm.client.request('GET', `/api/v1/submissions/${id}/${format}`);
        expect(response.status).toBe(200);
        return await response.text();
      }),
    );
    expect(junit).toContain('<failure');
    expect(
      (JSON.parse(ctrf ?? '') as { results: { summary: { failed: number } } }).results.summary
        .failed,
    ).toBeGreaterThan(0);
    expect(tap).toMatch(/^TAP version 13/);
  });
});
