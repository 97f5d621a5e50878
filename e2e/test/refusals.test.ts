import { readFileSync } from 'node:fs';
import type { Problem } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FarmClient, ProblemError } from '../src/farm-client.js';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';

describe('a farm that is given bad input', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1, 'arm-cm3ds-mps2': 1 } }],
    });
  });
  afterAll(async () => await farm?.stop());

  const post = async (runs: object[], files: Record<string, Uint8Array>): Promise<Problem> => {
    const form = new FormData();
    form.append('spec', JSON.stringify({ version: 1, name: 'bad', runs }));
    for (const [name, bytes] of Object.entries(files))
      form.append('image', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    try {
      await farm.client.json('POST', '/submissions', form);
    } catch (error) {
      if (error instanceof ProblemError) return error.problem;
      throw error;
    }
    throw new Error('the farm took it');
  };
  const expectNothingChanged = async (): Promise<void> => {
    const page = (await farm.client.json('GET', '/submissions?limit=10')) as { items: unknown[] };
    expect(page.items).toEqual([]);
  };
  const pass = () => readFileSync(imagePath(TARGET, 'pass'));

  it('names the run whose target no board has', async () => {
    const problem = await post([{ image: 'pass.elf', target: 'K64F' }], { 'pass.elf': pass() });
    expect(problem.code).toBe('unknown_target');
    expect(problem.errors?.[0]?.path).toBe('runs[0].target');
    await expectNothingChanged();
  });

  it('refuses an image that was built for another target', async () => {
    const other = readFileSync(imagePath('ARM_CM3DS_MPS2', 'pass'));
    const problem = await post([{ image: 'pass.elf', target: TARGET }], { 'pass.elf': other });
    expect(problem.code).toBe('image_wrong_target');
    expect(problem.errors?.[0]?.path).toBe('runs[0].image');
    await expectNothingChanged();
  });

  it('refuses an ELF that was cut short', async () => {
    const problem = await post([{ image: 'cut.elf', target: TARGET }], {
      'cut.elf': pass().subarray(0, 3000),
    });
    expect(problem.code).toBe('image_broken');
    await expectNothingChanged();
  });

  it('refuses an archive instead of unpacking it', async () => {
    const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(1000)]);
    const problem = await post([{ image: 'bomb.zip', target: TARGET }], { 'bomb.zip': zip });
    expect(problem.code).toBe('image_unsupported');
    await expectNothingChanged();
  });

  it('names a wrong field of the spec', async () => {
    const problem = await post([{ image: 'pass.elf', target: TARGET, timeoutMs: 'soon' }], {
      'pass.elf': pass(),
    });
    expect(problem.code).toBe('invalid_spec');
    expect(problem.errors?.[0]?.path).toBe('runs[0].timeoutMs');
    await expectNothingChanged();
  });

  it('refuses a wrong token', async () => {
    const stranger = new FarmClient(farm.client.url, `grk_${'x'.repeat(43)}`);
    await expect(stranger.json('GET', '/boards')).rejects.toMatchObject({
      problem: { code: 'unauthorized', status: 401 },
    });
  });
});

describe('a farm whose agent has no emulator', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await TestFarm.start({
      racks: [{ agent: 'bare', boards: { 'fvp-mps2-m3': 1 } }],
      agentEnv: { PATH: '/nonexistent' },
    });
  });
  afterAll(async () => await farm?.stop());

  it('shows the board offline with the cause, and ends the run as infra', async () => {
    const board = (await farm.client.boards())[0];
    expect(board?.availability).toBe('offline');
    expect(board?.cause).toContain('qemu-system-arm');
    const spec = {
      version: 1,
      name: 'no emulator',
      runs: [{ image: 'pass.elf', target: TARGET, queueTimeoutMs: 1000 }],
    };
    const created = await farm.client.submit(spec, [imagePath(TARGET, 'pass')]);
    const view = await farm.client.finished(created.submission.id);
    expect(view.verdicts).toEqual({ infra: 1 });
    const run = await farm.client.run(created.runs[0]?.id ?? '');
    expect(run.reason).toBe('noBoard');
    expect(run.message).toContain('qemu-system-arm');
  });
});
