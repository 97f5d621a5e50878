import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { clip, messageOf, within } from '../deadline.js';
import { boundedLines } from './bounded-lines.js';
import type { Order } from './child-messages.js';

const SCRIPT = fileURLToPath(new URL('../../python/host_test_child.py', import.meta.url));
/** The end of what a child wrote to stderr, as evidence. */
const MAX_STDERR_CHARS = 2000;
/** A killed process is gone within a few milliseconds unless the kernel is in trouble. */
const KILL_MS = 5000;
/** What a lab's script may need of our environment. Everything else, such as tokens, is kept from it. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'VIRTUAL_ENV',
];

/**
 * A Python process that lists or runs host tests: in a group of its own, killed with that group, dead when we are.
 * What it has put into another session is out of our reach.
 */
export class PythonChild {
  /** Resolves with how it ended, in words, or why it could not be started. Never rejects. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stderr = '';
  #isGone = false;

  /** @param onOutput takes what host tests print, as it comes */
  constructor(python: string, onOutput: (text: string) => void = () => undefined) {
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', python, '-B', SCRIPT], {
      cwd: '/',
      detached: true,
      env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    });
    this.exited = this.#watchExit(python);
    // Whoever writes to a child that is gone learns of it by its end.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARS);
      onOutput(text);
    });
  }

  /** The end of what it wrote to stderr. */
  get lastWords(): string {
    return this.#stderr.trim();
  }

  order(order: Order): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** What it answers, in order. @throws Error when it writes something else */
  async *answers<T>(schema: z.ZodType<T>): AsyncGenerator<T, void, void> {
    for await (const line of boundedLines(this.#child.stdout.setEncoding('utf8')))
      yield parsed(schema, line);
  }

  /** Ends it and everything that it has started, at once. @throws Error when it does not go */
  async kill(): Promise<void> {
    // The number of a process that is gone may belong to another one by now.
    if (!this.#isGone) this.#killGroup();
    await within(KILL_MS, `end of Python process ${this.#child.pid}`, this.exited);
    // Something that left the group may still hold the other ends.
    for (const pipe of this.#child.stdio) pipe?.destroy();
  }

  #watchExit(python: string): Promise<string> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        // What it left running would keep its pipes open.
        this.#killGroup();
        this.#isGone = true;
        const how = signal === null ? `ended with code ${code}` : `ended with signal ${signal}`;
        resolve(`${python} ${how}`);
      });
    });
  }

  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
}

function parsed<T>(schema: z.ZodType<T>, line: string): T {
  const shown = JSON.stringify(clip(line, 200));
  try {
    const result = schema.safeParse(JSON.parse(line));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}`);
  } catch (error) {
    throw new Error(`it wrote ${shown} where messages to the agent belong (${messageOf(error)})`);
  }
}
