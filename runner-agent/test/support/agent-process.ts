import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The agent as the process that operators start, so that it can be killed. */
export class AgentProcess {
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  stderr = '';

  constructor(env: Record<string, string>) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npx tsc -b runner-agent`);
    this.#env = env;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves with the first line on stdout; rejects when the process ends without one. */
  async start(): Promise<string> {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    if (!child.stdout) throw new Error('no stdout');
    const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text));
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the agent ended with code ${code}: ${this.stderr}`);
    });
    ended.catch(() => undefined);
    return await Promise.race([line, ended]);
  }

  /** Sends the signal and resolves with how the process ended. */
  async kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null };
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return { code: child.exitCode, signal: child.signalCode };
  }
}
