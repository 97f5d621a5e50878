import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { FarmError } from '@greenrack/farm-protocol';

/** Tools and drives of many boards take their time. */
const SCRIPT_MS = 30 * 60_000;

export interface ScriptCall {
  readonly script: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs one of our scripts to its end and answers its stdout. @throws FarmError with what it said on stderr */
export async function runScript({ script, args, input, env }: ScriptCall): Promise<string> {
  const signal = AbortSignal.timeout(SCRIPT_MS);
  const child = spawn(process.execPath, [script, ...args], { env: { ...env }, signal });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A script that ends early has said why on stderr.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited,
  ]);
  if (code === 0) return stdout;
  throw new FarmError('unavailable', stderr.trim() || `${script} ended with code ${code}`);
}
