import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../src/index.js';

const PROBE = join(ROOT, 'e2e/dist/bench/loop-probe.js');
const AGENT = join(ROOT, 'runner-agent/dist/main.js');
const STOP_MS = 20_000;
const answerSchema = z.object({ longestMs: z.number() });

export interface ProbedAgentOptions {
  readonly url: string;
  readonly token: string;
  readonly stateDir: string;
}

/** An agent in a process of its own, whose event loop is watched. */
export class ProbedAgent {
  readonly #process: ChildProcess;

  constructor({ url, token, stateDir }: ProbedAgentOptions) {
    this.#process = fork(AGENT, [], {
      execArgv: ['--import', PROBE],
      env: {
        PATH: process.env.PATH,
        GREENRACK_CONTROLLER_URLS: url,
        GREENRACK_AGENT_NAME: 'stalled',
        GREENRACK_AGENT_TOKEN: token,
        GREENRACK_STATE_DIR: stateDir,
        GREENRACK_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** How long its event loop stood still at most since this was asked last, in ms. */
  async longestStallMs(): Promise<number> {
    const answer = once(this.#process, 'message', { signal: AbortSignal.timeout(STOP_MS) });
    this.#process.send('how long?');
    const [message] = await answer;
    return answerSchema.parse(message).longestMs;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = once(this.#process, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
    this.#process.kill('SIGTERM');
    await gone;
  }
}
