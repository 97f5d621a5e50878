import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { ROOT, TestFarm } from '../src/test-farm.js';
import { runCli } from './support/run-cli.js';

const TARGETS = ['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'];

describe('an instrumented image', () => {
  let farm: TestFarm;
  let cwd: string;
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'greenrack-coverage-'));
    const boards = { 'fvp-mps2-m3': 1, 'arm-cm3ds-mps2': 1 };
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards }] });
  }, 60_000);
  afterAll(async () => {
    await farm?.stop();
    rmSync(cwd, { recursive: true, force: true });
  }, 60_000);

  it('leads from the board to a tracefile with the lines that it has executed', async () => {
    const images = TARGETS.map((target) => imagePath(target, 'coverage'));
    const submitted = await runCli(farm, ['submit', ...images, '--json'], cwd);
    const { submissionId } = JSON.parse(submitted.out) as { submissionId: string };
    expect(submitted.exitCode).toBe(0);

    const build = join(ROOT, 'build/firmware');
    const made = await runCli(farm, ['coverage', submissionId, '--build-dir', build], cwd);
    expect(made).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('2 files, 22 of 27 lines'),
    });

    const [ring = '', steps = ''] = readFileSync(join(cwd, 'coverage.info'), 'utf8').split(
      'end_of_record\n',
    );
    // Both boards ran the same code.
    expect(ring.match(/^(?:SF|FNDA|DA).*/gm)?.join(' ')).toBe(
      'SF:firmware/apps/coverage/ring.c FNDA:10,ring_put FNDA:2,ring_drain FNDA:0,ring_clear ' +
        'DA:5,10 DA:7,10 DA:8,2 DA:10,8 DA:11,8 DA:12,8 DA:13,8 DA:16,2 DA:18,2 DA:19,10 DA:20,8 DA:21,8 DA:22,8 ' +
        'DA:24,2 DA:25,0 DA:27,2 DA:31,0 DA:33,0 DA:34,0 DA:35,0',
    );
    // The dump of this one is a line of more than 100 kB.
    expect(steps).toContain('FNF:2001\nFNH:2001\nDA:16,2000\nDA:17,2000\n');
  }, 120_000);
});
