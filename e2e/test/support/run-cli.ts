import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT, type TestFarm } from '../../src/test-farm.js';

export interface CliResult {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Environment of a command line that speaks to a farm. */
export function cliEnv(farm: TestFarm): NodeJS.ProcessEnv {
  return { ...process.env, GREENRACK_URL: farm.client.url, GREENRACK_TOKEN: farm.adminToken };
}

/** Runs the command line as its own process against a farm, to its end. */
export async function runCli(
  farm: TestFarm,
  args: readonly string[],
  cwd: string,
): Promise<CliResult> {
  const main = join(ROOT, 'farm-cli/dist/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: cliEnv(farm),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, out, err };
}
