/*
 * A long trace in a farm: how long sealing takes, and windows of it over HTTP while none of its bytes is in memory.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { imagePath } from '../src/images.js';
import { SimAgent } from '../src/sim-agent.js';
import { TestFarm } from '../src/test-farm.js';
import { round } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const AGENT = 'sim-1';
const WINDOWS = 200;
const POINTS = 2000;
const BLOCK_BYTES = 256 * 1024;
const SEAL_MS = 600_000;

/** @param path - of the trace; it is gone afterwards */
export async function servedTrace(path: string): Promise<Record<string, number>> {
  const racks = [{ agent: AGENT, boards: { 'fvp-mps2-m3': 1 } }];
  const farm = await TestFarm.start({ racks, simulated: true });
  try {
    const { runId, attemptId } = await oneAttempt(farm);
    const bytes = statSync(path).size;
    const { sealedPath, sealMs } = await seal(farm, attemptId, path);
    const url = `/runs/${runId}/attempts/1/traces/trace`;
    return {
      sealMbPerS: round(bytes / 1000 / sealMs),
      sealedShare: Number((statSync(sealedPath).size / bytes).toFixed(3)),
      ...(await windows(farm, url, sealedPath)),
      controllerPeakMb: peakMb(farm),
    };
  } finally {
    await farm.stop();
  }
}

async function oneAttempt(farm: TestFarm): Promise<{ runId: string; attemptId: string }> {
  const agent = new SimAgent(farm.client.url, AGENT, farm.agentToken(AGENT));
  await agent.start();
  const spec = { version: 1, name: 'trace', runs: [{ image: 'smallest.elf', target: TARGET }] };
  const created = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
  await farm.client.finished(created.submission.id, 60_000);
  await agent.stop();
  const [run] = await farm.client.runs(created.submission.id);
  const attempt = run && (await farm.client.run(run.id)).attemptList[0];
  if (!run || !attempt) throw new Error('the submission has no attempt');
  return { runId: run.id, attemptId: attempt.id };
}

/** The next start of the controller finds the trace in its spool, as if the agent had just sent it. */
async function seal(farm: TestFarm, attemptId: string, path: string) {
  const state = join(farm.dir, 'controller-0');
  const shard = join('streams', attemptId.slice(-2));
  const sealedPath = join(state, shard, `${attemptId}.trace.gz`);
  const spooled = join(state, 'spool', attemptId.slice(-2), `${attemptId}.trace`);
  await farm.controller.kill('SIGTERM');
  renameSync(path, spooled);
  const began = performance.now();
  await farm.controller.start();
  while (existsSync(spooled)) {
    if (performance.now() - began > SEAL_MS) throw new Error('the trace is not sealed');
    await sleep(50);
  }
  const sealMs = performance.now() - began;
  await farm.controller.kill('SIGTERM');
  await farm.controller.start();
  return { sealedPath, sealMs };
}

/** What the disk alone takes for one packed block of the same file. */
async function bareReadMs(sealedPath: string, share: number): Promise<number> {
  forget(sealedPath);
  const began = performance.now();
  const file = await open(sealedPath, 'r');
  try {
    const { size } = await file.stat();
    await file.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, Math.floor(share * size));
  } finally {
    await file.close();
  }
  return performance.now() - began;
}

async function windows(farm: TestFarm, url: string, sealedPath: string) {
  const times: number[] = [];
  const bare: number[] = [];
  const first = await one(farm, `${url}?points=${POINTS}`, sealedPath);
  const { samples } = first;
  const before = cpuMs(farm);
  for (let i = 1; i <= WINDOWS; i++) {
    const share = 1 / 2 ** (i % 20);
    const from = Math.floor(((i * 0.618) % 1) * (1 - share) * samples);
    const to = from + Math.ceil(share * samples);
    times.push((await one(farm, `${url}?from=${from}&to=${to}&points=${POINTS}`, sealedPath)).ms);
    bare.push(await bareReadMs(sealedPath, from / samples));
  }
  const quantile = (of: number[], q: number) =>
    of.toSorted((a, b) => a - b)[Math.floor(q * (of.length - 1))] ?? 0;
  const at = (q: number) => round(quantile(times, q));
  const bareP95 = quantile(bare, 0.95);
  const cpuMsEach = round((cpuMs(farm) - before) / WINDOWS);
  return {
    cpuMsEach,
    wholeMs: round(first.ms),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    maxMs: at(1),
    bareReadP95Ms: round(bareP95),
    p95PerBareRead: round(quantile(times, 0.95) / bareP95),
  };
}

async function one(farm: TestFarm, url: string, sealedPath: string) {
  forget(sealedPath);
  const began = performance.now();
  const window = (await farm.client.json('GET', url)) as { samples: number; meanUa: unknown[] };
  const ms = performance.now() - began;
  if (window.meanUa.length === 0) throw new Error('an empty window');
  return { ms, samples: window.samples };
}

/** The kernel keeps nothing of the file in memory. */
function forget(path: string): void {
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

/** Of the controller, all threads: what other work on the machine does not change. */
function cpuMs(farm: TestFarm): number {
  const stat = readFileSync(`/proc/${farm.controller.pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')'))
    .split(' ')
    .slice(12, 14)
    .map(Number);
  return 10 * (user + system);
}

function peakMb(farm: TestFarm): number {
  const status = readFileSync(`/proc/${farm.controller.pid}/status`, 'utf8');
  return round(Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1000);
}
