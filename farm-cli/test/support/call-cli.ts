import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runCli } from '../../src/run-cli.js';

export interface Call {
  readonly exitCode: Promise<number>;
  readonly stdin: PassThrough & { isTTY?: boolean };
  readonly signals: EventEmitter;
  out(): string;
  err(): string;
  /** Resolves when stderr has shown the text. */
  shows(text: string): Promise<void>;
}

export interface CallOptions {
  readonly cwd: string;
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Pretends that all three streams are a terminal. */
  readonly tty?: boolean;
}

/** Starts one command line in this process; its streams are real, its environment is the test's. */
export function startCli(args: readonly string[], options: CallOptions): Call {
  const { cwd, tty = false } = options;
  const [stdout, stderr] = [new Screen(tty), new Screen(tty)];
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
  if (tty) stdin.isTTY = true;
  const signals = new EventEmitter();
  const env = {
    HOME: cwd,
    GREENRACK_TOKEN: 'secret-token',
    ...(options.url === undefined ? {} : { GREENRACK_URL: options.url }),
    ...options.env,
  };
  const exitCode = runCli(args, { env, cwd, stdin, stdout, stderr, signals });
  return {
    exitCode,
    stdin,
    signals,
    out: () => stdout.text,
    err: () => stderr.text,
    shows: (text) => stderr.shows(text),
  };
}

/** Runs one command line to its end. */
export async function callCli(
  args: readonly string[],
  options: CallOptions,
): Promise<{ exitCode: number; out: string; err: string }> {
  const call = startCli(args, options);
  return { exitCode: await call.exitCode, out: call.out(), err: call.err() };
}

/** Collects what is written, and tells who waits for it. */
class Screen extends EventEmitter {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(data: string | Uint8Array): boolean {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    this.emit('written');
    return true;
  }

  async shows(text: string): Promise<void> {
    if (this.text.includes(text)) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!this.text.includes(text)) return;
        this.off('written', look);
        resolve();
      };
      this.on('written', look);
    });
  }
}

/** A folder for one test. */
export function tempDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'greenrack-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
