import { spawn } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, TestFarm } from '../src/test-farm.js';
import { cliEnv, runCli } from './support/run-cli.js';

const MIB = 1024 * 1024;
const SIZE = 300 * MIB;
/** The controller alone takes some 150 MiB; an image in its memory would take 300 more. */
const MOST_MIB = 320;

let farm: TestFarm;
beforeAll(async () => {
  farm = await TestFarm.start({
    racks: [{ agent: 'rack', boards: { 'fvp-mps2-m3': 1 } }],
    simulated: true,
  });
});
afterAll(() => farm.stop());

/** A card image that does not pack, the same each time; answers its hash. */
function writeCard(path: string): string {
  const hash = createHash('sha256');
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const file = openSync(path, 'w');
  for (let at = 0; at < SIZE; at += MIB) {
    const bytes = cipher.update(Buffer.alloc(MIB));
    hash.update(bytes);
    writeSync(file, bytes);
  }
  closeSync(file);
  return hash.digest('hex');
}

/** The most memory that the controller has had, in MiB. */
function peakMib(): number {
  const status = readFileSync(`/proc/${farm.controller.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function sha256Of(path: string): Promise<string> {
  const response = await farm.client.request('GET', path);
  const hash = createHash('sha256');
  for await (const piece of response.body ?? []) hash.update(piece);
  return hash.digest('hex');
}

describe('an image of hundreds of MiB', () => {
  it('comes through a controller that is killed, without being held in its memory', async () => {
    const sha256 = writeCard(join(farm.dir, 'card.img'));
    const args = ['submit', 'card.img', '--target', 'FVP_MPS2_M3'];
    const cli = spawn(process.execPath, [join(ROOT, 'farm-cli/dist/main.js'), ...args], {
      ...{ cwd: farm.dir, env: cliEnv(farm), timeout: 300_000 },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(cli, 'close');
    const lines: string[] = [];
    let peak = 0;
    for await (const line of createInterface({ input: cli.stderr })) {
      lines.push(line);
      if (lines.length !== 3) continue;
      peak = peakMib();
      await farm.controller.kill('SIGKILL');
      await farm.controller.start();
    }
    const [exitCode] = (await ended) as [number];
    // No board here takes cards: so says the farm, once it has the image.
    expect(lines.at(-1)).toMatch(/card\.img.* is raw; FVP_MPS2_M3 takes elf, hex, bin/);
    expect(exitCode).toBe(2);
    expect(lines.filter((line) => line.includes(' MiB uploaded')).length).toBeGreaterThan(8);
    const query = JSON.stringify({ sha256: [sha256] });
    expect(await farm.client.json('POST', '/images/query', query)).toEqual({ missing: [] });
    expect(await sha256Of(`/api/v1/images/${sha256}`)).toBe(sha256);
    expect(Math.max(peak, peakMib())).toBeLessThan(MOST_MIB);
  });

  it('over 4 GiB is refused with the limit', async () => {
    const path = join(farm.dir, 'huge.img');
    writeFileSync(path, '');
    truncateSync(path, 4096 * MIB + 512);
    const { exitCode, err } = await runCli(farm, ['submit', path, '--target', 'X'], farm.dir);
    expect(exitCode).toBe(2);
    expect(err).toContain(`over ${4096 * MIB} bytes`);
  });
});
