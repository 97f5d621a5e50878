import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NodeResult {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script as its own process, to its end. */
export async function runNode(
  script: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<NodeResult> {
  const child = spawn(process.execPath, [script, ...args], {
    ...{ cwd, env },
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
