import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ROOT } from '../src/index.js';

export interface FeedPlan {
  readonly ports: number;
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

/** What the feeder says it sent. */
export interface FeedResult {
  readonly seconds: number;
  /** How far the slowest port fell behind its rate at the worst moment. */
  readonly lateSeconds: number;
  readonly sent: readonly { readonly bytes: number; readonly sha256: string }[];
}

/** Boards that print without pause: a process of its own holds the far ends of many ptys. */
export class PtyFeed {
  readonly paths: readonly string[];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;

  private constructor(
    process: ChildProcessWithoutNullStreams,
    lines: Interface,
    paths: readonly string[],
  ) {
    this.#process = process;
    this.#lines = lines;
    this.paths = paths;
  }

  static async start(plan: FeedPlan): Promise<PtyFeed> {
    const script = join(ROOT, 'e2e/bench/pty-feeder.py');
    const args = [script, plan.ports, plan.bytesPerSecond, plan.seconds].map(String);
    const child = spawn('python3', args);
    child.stderr.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout });
    const [first] = (await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })) as [
      string,
    ];
    return new PtyFeed(child, lines, (JSON.parse(first) as { paths: string[] }).paths);
  }

  /** Feeds all ports; resolves when everything has been taken by the kernel. */
  async go(timeoutMs: number): Promise<FeedResult> {
    const done = once(this.#lines, 'line', { signal: AbortSignal.timeout(timeoutMs) });
    this.#process.stdin.write('go\n');
    const [line] = (await done) as [string];
    return JSON.parse(line) as FeedResult;
  }

  /** Closes the far ends. */
  async end(): Promise<void> {
    const gone = once(this.#process, 'exit', { signal: AbortSignal.timeout(10_000) });
    this.#process.stdin.end('end\n');
    await gone;
  }
}
