import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const SERVER = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
const BUCKET = 'greenrack';
const READY_MS = 60_000;

/** A real S3-compatible server on 127.0.0.1, over a folder. */
export class S3Server {
  readonly #dir: string;
  #child: ChildProcess | undefined;
  /** Stays over a restart. */
  port = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async start(): Promise<void> {
    const where = ['-d', this.#dir, '-a', '127.0.0.1', '-p', String(this.port), '--silent'];
    const child = spawn(process.execPath, [SERVER, ...where, '--configure-bucket', BUCKET], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    const signal = AbortSignal.timeout(READY_MS);
    for await (const line of createInterface({ input: child.stdout, signal })) {
      this.port = Number(/listening on .*:(\d+)$/.exec(line)?.[1] ?? 0);
      if (this.port > 0) return;
    }
    throw new Error('s3rver ended before it listened');
  }

  /** As a farm is given it; `port` is that of a proxy before it. */
  url(port = this.port): string {
    return `s3://${BUCKET}/farm?endpoint=http://127.0.0.1:${port}`;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** The keys that s3rver takes, where the AWS libraries look for them. */
export const S3_KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };
