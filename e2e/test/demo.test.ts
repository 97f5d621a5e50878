import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../src/free-port.js';
import { ROOT } from '../src/test-farm.js';

const run = promisify(execFile);

interface DemoSummary {
  readonly ok: boolean;
  readonly runs: readonly { name: string; target: string; verdict: string; expected: string }[];
  readonly regression: Readonly<Record<string, unknown>>;
}

describe('greenrack demo', () => {
  let tmp: string;
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    tmp = mkdtempSync(join(tmpdir(), 'greenrack-demo-test-'));
  });
  afterEach(() => rmSync(tmp, { recursive: true, force: true }));

  const demo = (...args: string[]) => [
    'demo',
    '--port',
    String(port),
    '--junit',
    join(tmp, 'junit.xml'),
    ...args,
  ];
  const env = () => ({ ...process.env, TMPDIR: tmp });

  it('gives every run the verdict that the suite expects, has the slower commit found, writes JUnit and leaves nothing behind', async () => {
    const { stdout } = await run(join(ROOT, 'greenrack'), demo('--exit', '--json'), {
      env: env(),
      timeout: 170_000,
    });
    const summary = JSON.parse(stdout) as DemoSummary;
    expect(summary.ok).toBe(true);
    expect(summary.runs.length).toBeGreaterThanOrEqual(16);
    expect(summary.runs.map((r) => r.verdict)).toEqual(summary.runs.map((r) => r.expected));
    expect(new Set(summary.runs.map((r) => r.target))).toEqual(
      new Set(['FVP_MPS2_M3', 'ARM_CM3DS_MPS2']),
    );
    const { expectedSha, before } = summary.regression;
    expect(summary.regression).toMatchObject({ ok: true, state: 'verified', confirmingPairs: 1 });
    expect(summary.regression).toMatchObject({ sha: expectedSha, after: Number(before) + 1 });
    expect(readFileSync(join(tmp, 'junit.xml'), 'utf8')).toContain('<testsuite');
    await expectNothingLeft(tmp, port);
  });

  it('plays a pull request at GitHub, shows its check as a person would see it, and leaves nothing behind', async () => {
    const args = ['demo', '--github', '--exit', '--port', String(port)];
    const { stdout } = await run(join(ROOT, 'greenrack'), args, { env: env(), timeout: 170_000 });
    expect(stdout).toContain('greenrack: queued\n  Waiting for images');
    expect(stdout).toMatch(/greenrack: smoke \(FVP_MPS2_M3\): failure\n/);
    expect(stdout).toMatch(/\n {2}firmware\/apps\/fail\/main\.c:\d+ /);
    expect(stdout).toContain('[ Re-run failed ]');
    expect(stdout).toMatch(new RegExp(`Details: http://127.0.0.1:${port}/submissions/sub_`));
    expect(stdout).toContain('The check is as it should be.');
    await expectNothingLeft(tmp, port);
  });

  it('leaves nothing behind when it is interrupted in the middle', async () => {
    const child = spawn(join(ROOT, 'greenrack'), demo(), {
      env: env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const sawVerdict = new Promise<void>((resolve) => {
      const look = (data: Buffer) => {
        printed += data.toString();
        if (/\b(pass|fail)\b/.test(printed)) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
    });
    const gone = once(child, 'exit', { signal: AbortSignal.timeout(170_000) });
    await Promise.race([sawVerdict, gone]);
    child.kill('SIGINT');
    await gone;
    await expectNothingLeft(tmp, port);
  });
});

/** No process of this demo, no listening port, no temporary file. */
async function expectNothingLeft(tmp: string, port: number): Promise<void> {
  const table = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' });
  expect(table.split('\n').filter((line) => line.includes(tmp))).toEqual([]);
  expect(readdirSync(tmp).filter((name) => name !== 'junit.xml')).toEqual([]);
  const socket = createConnection(port, '127.0.0.1');
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}
