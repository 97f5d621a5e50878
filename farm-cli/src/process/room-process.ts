import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { FarmError } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { signalGroup, spawnTied } from './spawn-tied.js';

export interface RoomSpec {
  /** For messages. */
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its stderr goes here. */
  readonly logFile: string;
}

const readySchema = z.object({ ready: z.literal(true), url: z.string().optional() });
export type ReadyLine = z.infer<typeof readySchema>;

/** How long a room may take to say that it is ready, and to end when asked to, in ms. */
const READY_MS = 60_000;
const STOP_MS = 15_000;
/** Lines of its log that an error shows. */
const TAIL_LINES = 20;

/** A room of the farm that runs as our child. */
export class RoomProcess {
  readonly #spec: RoomSpec;
  readonly #child: ChildProcess;
  /** Resolves when it is gone, however that came. */
  readonly #exited: Promise<unknown>;
  #isStopping = false;

  constructor(spec: RoomSpec) {
    this.#spec = spec;
    const log = openSync(spec.logFile, 'a', 0o600);
    try {
      const stdio = ['ignore', 'pipe', log] as const;
      this.#child = spawnTied([spec.script], { env: { ...spec.env }, stdio: [...stdio] });
    } finally {
      closeSync(log);
    }
    this.#exited = once(this.#child, 'exit').catch(() => undefined);
  }

  /** Rejects when it ends without having been asked to; never resolves. */
  async failure(): Promise<never> {
    await this.#exited;
    if (this.#isStopping) return await new Promise<never>(() => undefined);
    const { exitCode, signalCode } = this.#child;
    throw this.#error(`ended by itself (${signalCode ?? `exit code ${exitCode}`})`);
  }

  /** Waits for its ready line. @throws FarmError with the end of its log, or the reason of `signal`. */
  async ready(signal: AbortSignal): Promise<ReadyLine> {
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<never>((_, reject) => {
      const tooLate = () => reject(this.#error(`was not ready after ${READY_MS / 1000} s`));
      timer = setTimeout(tooLate, READY_MS);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
    try {
      return await Promise.race([this.#readyLine(), this.failure(), lost]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it and waits for that; what does not end in time is killed with its whole group. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      signalGroup(this.#child, 'SIGTERM');
      const timer = setTimeout(() => this.kill(), STOP_MS);
      await this.#exited;
      clearTimeout(timer);
    }
    // Whatever it started and left behind belongs to its group.
    this.kill();
  }

  kill(): void {
    this.#isStopping = true;
    signalGroup(this.#child, 'SIGKILL');
  }

  async #readyLine(): Promise<ReadyLine> {
    const { stdout } = this.#child;
    if (!stdout) throw this.#error('has no stdout');
    const lines = createInterface({ input: stdout });
    // The interface goes on reading: a full pipe would stop the room.
    const [line] = (await once(lines, 'line')) as [string];
    const parsed = readySchema.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    throw this.#error(`printed ${JSON.stringify(line.slice(0, 200))} instead of its ready line`);
  }

  #error(what: string): FarmError {
    return new FarmError('unavailable', `the ${this.#spec.name} ${what}\n${this.#tail()}`);
  }

  #tail(): string {
    const lines = readFileSync(this.#spec.logFile, 'utf8').trimEnd().split('\n');
    return lines
      .slice(-TAIL_LINES)
      .map((line) => `  | ${line}`)
      .join('\n');
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
