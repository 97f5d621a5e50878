import { type FSWatcher, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { S3_KEYS, S3Server } from '../../farm-controller/test/support/s3-server.js';
import { imagePath, TestFarm } from '../src/index.js';

const TARGET = 'FVP_MPS2_M3';
const WAIT_MS = 120_000;
let dir: string;
let server: S3Server;
let farm: TestFarm;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-s3-'));
  server = new S3Server(join(dir, 's3'));
  await server.start();
  farm = await TestFarm.start({
    racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }],
    controllerEnv: { GREENRACK_ARTIFACTS_URL: server.url(), ...S3_KEYS },
  });
});
afterEach(async () => {
  await farm.stop();
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});

const stateDir = () => join(farm.dir, 'controller-0');

/** Resolves when no stream is left in the spool. */
async function allStored(): Promise<void> {
  const spool = join(stateDir(), 'spool');
  const left = () =>
    readdirSync(spool, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  let watcher: FSWatcher | undefined;
  await new Promise<void>((resolve, reject) => {
    const late = () => reject(new Error(`still in the spool: ${left().map(({ name }) => name)}`));
    const timer = setTimeout(late, WAIT_MS);
    const look = () => {
      if (left().length > 0) return;
      clearTimeout(timer);
      resolve();
    };
    watcher = watch(spool, { recursive: true }, look);
    look();
  }).finally(() => watcher?.close());
}

async function run(): Promise<string> {
  const spec = { version: 1, name: 's3', runs: [{ image: 'smallest.elf', target: TARGET }] };
  const { submission, runs } = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
  expect(await farm.client.finished(submission.id)).toMatchObject({ verdicts: { pass: 1 } });
  return runs[0]?.id ?? '';
}

/** What people see of a run: its events, its log in every form, its image. */
async function seen(runId: string) {
  const { imageSha256 } = await farm.client.run(runId);
  const path = `/api/v1/runs/${runId}/attempts/1`;
  const bytes = async (from: string) => {
    const response = await farm.client.request('GET', from);
    return Buffer.from(await response.arrayBuffer()).toString('base64');
  };
  return {
    events: await farm.client.events(runId, 1),
    log: Buffer.from(await farm.client.consoleLog(runId, 1)).toString('base64'),
    text: await bytes(`${path}/console?timestamps=1`),
    coverage: await bytes(`${path}/coverage`),
    image: await bytes(`/api/v1/images/${imageSha256}`),
  };
}

it('a controller that has lost its files shows logs and images from the store that it shares', async () => {
  const runId = await run();
  const before = await seen(runId);
  await allStored();
  await farm.controller.kill('SIGKILL');
  for (const name of ['spool', 'blobs', 'streams', 'tmp'])
    rmSync(join(stateDir(), name), { recursive: true, force: true });
  await farm.controller.start();
  expect(await seen(runId)).toEqual(before);
  expect(readdirSync(stateDir())).not.toContain('streams');
});

it('while the store is away runs pass and are shown, what only it has is told to be away, and it gets the rest later', async () => {
  const old = await run();
  await allStored();
  const spec = { version: 1, name: 's3', runs: [{ image: 'smallest.elf', target: TARGET }] };
  const { submission, runs } = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
  await server.kill();
  expect(await farm.client.finished(submission.id)).toMatchObject({ verdicts: { pass: 1 } });
  const runId = runs[0]?.id ?? '';
  expect(await farm.client.events(runId, 1)).not.toEqual([]);
  const log = Buffer.from(await farm.client.consoleLog(runId, 1));
  expect(log.length).toBeGreaterThan(0);
  const gone = await farm.client.request('GET', `/api/v1/runs/${old}/attempts/1/console`);
  expect(gone.status).toBe(503);
  await server.start();
  await allStored();
  expect(Buffer.from(await farm.client.consoleLog(runId, 1)).equals(log)).toBe(true);
});
