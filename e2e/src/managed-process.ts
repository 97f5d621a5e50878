import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessSpec {
  readonly name: string;
  /** Script that node runs. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How long a process may take to say that it is ready, and to end. */
const READY_MS = 90_000;
const END_MS = 30_000;
const SAYS_MS = 60_000;
/** What is kept of its log for error messages. */
const LOG_BYTES = 16_384;

/** A process of the farm under test: started, killed and started again with the same settings. */
export class ManagedProcess {
  readonly #spec: ProcessSpec;
  #child: ChildProcess | undefined;
  #log = '';
  readonly #logged = new EventEmitter();

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get log(): string {
    return this.#log;
  }

  /** Resolves when its log has `text`; what it said before this call counts. */
  async says(text: string): Promise<void> {
    const signal = AbortSignal.timeout(SAYS_MS);
    while (!this.#log.includes(text))
      await once(this.#logged, 'more', { signal }).catch((cause: unknown) => {
        throw new Error(`${this.#spec.name} never said "${text}":\n${this.#log}`, { cause });
      });
  }

  /** Sends a signal that does not end it. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Starts it and resolves with the fields of its ready line. */
  async start(): Promise<Record<string, unknown>> {
    const child = spawn(process.execPath, [this.#spec.script], {
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...this.#spec.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (data: Buffer) => {
      this.#log = (this.#log + data.toString('utf8')).slice(-LOG_BYTES);
      this.#logged.emit('more');
    });
    const deadline = new AbortController();
    try {
      return await Promise.race([
        this.#readyLine(child),
        this.#earlyExit(child, deadline.signal),
        this.#tooLate(deadline.signal),
      ]);
    } finally {
      deadline.abort();
    }
  }

  async #readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
    if (!child.stdout) throw new Error(`${this.#spec.name} has no stdout`);
    const lines = createInterface({ input: child.stdout });
    return await new Promise((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, unknown>);
      });
    });
  }

  async #earlyExit(child: ChildProcess, signal: AbortSignal): Promise<never> {
    const [code, killer] = (await once(child, 'exit', { signal }).catch(() => [
      null,
      null,
    ])) as unknown[];
    throw new Error(
      `${this.#spec.name} ended before it was ready (${code ?? killer}):\n${this.#log}`,
    );
  }

  async #tooLate(signal: AbortSignal): Promise<never> {
    await delay(READY_MS, undefined, { signal }).catch(() => undefined);
    throw new Error(`${this.#spec.name} was not ready within ${READY_MS} ms:\n${this.#log}`);
  }

  /** Ends it and waits until it is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    child.kill(signal);
    await gone.catch((cause: unknown) => {
      child.kill('SIGKILL');
      throw new Error(
        `${this.#spec.name} did not end on ${signal} within ${END_MS} ms:\n${this.#log}`,
        { cause },
      );
    });
  }
}
