import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';

/** Longest path of a unix socket on Linux is 107 bytes. */
const MAX_SOCKET_PATH = 107;
const READY_MS = 10_000;
const STOP_MS = 5_000;
const MAX_BACKOFF_MS = 5_000;
/** A child that lived this long was healthy: the next restart is quick again. */
const HEALTHY_MS = 30_000;
/** Output of the child that is kept for error messages, in characters. */
const MAX_OUTPUT = 4_000;

export interface RedisChildOptions {
  /** Where the append-only file goes; made when missing. */
  readonly dataDir: string;
  readonly log: Logger;
}

/**
 * A private redis-server: no port, a unix socket that only this user can open, an append-only file. Ends with this
 * process, however it dies, and is started again when it ends by itself. Its data is worth nothing that the database
 * does not know: data that Redis cannot load is thrown away.
 */
export class RedisChild {
  readonly socketPath: string;
  readonly #dataDir: string;
  readonly #socketDir: string | undefined;
  readonly #log: Logger;
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;
  #backoff: NodeJS.Timeout | undefined;

  private constructor(options: RedisChildOptions, socketDir: string | undefined) {
    this.#dataDir = resolve(options.dataDir);
    this.#socketDir = socketDir;
    this.#log = options.log;
    // A name of its own: the server of a killed controller removes its socket when it ends, a moment from now.
    this.socketPath = join(
      socketDir ?? this.#dataDir,
      `redis-${randomBytes(4).toString('hex')}.sock`,
    );
  }

  /** @throws FarmError `invalid_configuration` when redis-server is missing or does not start */
  static async start(options: RedisChildOptions): Promise<RedisChild> {
    const dataDir = resolve(options.dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await removeOldSockets(dataDir);
    const tooLong = Buffer.byteLength(join(dataDir, 'redis-00000000.sock')) > MAX_SOCKET_PATH;
    const socketDir = tooLong ? await mkdtemp(join(tmpdir(), 'greenrack-')) : undefined;
    const redis = new RedisChild(options, socketDir);
    try {
      await redis.#startOrForget();
      return redis;
    } catch (error) {
      await redis.stop();
      throw error;
    }
  }

  /** Process id of the present child, for tests that kill it. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the child and removes its socket. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#backoff);
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await terminate(child);
    await rm(this.#socketDir ?? this.socketPath, { recursive: true, force: true });
  }

  /** Starts the child; once more with an empty directory when it could not load what was there. */
  async #startOrForget(): Promise<void> {
    try {
      await this.#spawn();
    } catch (error) {
      // Ended by `stop`: that says nothing about the data.
      if (this.#stopping || error instanceof FarmError) throw error;
      this.#log.warn({ err: error }, 'redis-server did not start; trying without its old data');
      await rm(join(this.#dataDir, 'appendonlydir'), { recursive: true, force: true });
      await this.#spawn().catch((again: unknown) => {
        throw new FarmError('invalid_configuration', String(again), { cause: again });
      });
    }
  }

  async #spawn(): Promise<void> {
    await rm(this.socketPath, { force: true });
    if (this.#stopping) throw new FarmError('unavailable', 'redis-server is being stopped');
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'redis-server', ...this.#args()], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A Ctrl-C in the terminal is for us: we stop the child when its work is done.
      detached: true,
    });
    this.#child = child;
    await untilReady(child);
    const startedMs = performance.now();
    child.once('exit', (code, signal) => this.#ended(code ?? signal, startedMs));
  }

  #args(): string[] {
    const settings = {
      port: '0',
      unixsocket: this.socketPath,
      unixsocketperm: '700',
      dir: this.#dataDir,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      daemonize: 'no',
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }

  #ended(how: number | NodeJS.Signals | null, startedMs: number): void {
    if (this.#stopping) return;
    if (performance.now() - startedMs > HEALTHY_MS) this.#failures = 0;
    const delayMs = Math.min(50 * 2 ** this.#failures++, MAX_BACKOFF_MS);
    this.#log.error({ how, restartInMs: delayMs }, 'redis-server ended by itself');
    this.#backoff = setTimeout(() => void this.#restart(), delayMs);
  }

  async #restart(): Promise<void> {
    if (this.#stopping) return;
    try {
      await mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
      await this.#startOrForget();
      this.#log.info('redis-server is back');
    } catch (error) {
      if (this.#stopping) return;
      this.#log.error({ err: error }, 'redis-server not restarted');
      this.#ended(null, performance.now());
    }
  }
}

/** Sockets of servers that were killed. Nobody else has this directory: see StateLock. */
async function removeOldSockets(dir: string): Promise<void> {
  for (const name of await readdir(dir))
    if (/^redis-[0-9a-f]{8}\.sock$/.test(name)) await rm(join(dir, name), { force: true });
}

/** Resolves when Redis says that it takes connections; rejects with what it said instead. */
function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`redis-server was not ready within ${READY_MS} ms: ${output}`));
    }, READY_MS);
    const listen = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT);
      if (/ready to accept connections/i.test(output)) settle(resolve);
    };
    const settle = (done: () => void) => {
      clearTimeout(timer);
      output = '';
      done();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('error', (error) => settle(() => reject(cannotRun(error))));
    child.once('exit', (code, signal) => {
      const missing = code === 127 || /failed to execute redis-server/.test(output);
      const said = output.trim();
      settle(() =>
        reject(
          missing ? notInstalled() : new Error(`redis-server ended (${code ?? signal}): ${said}`),
        ),
      );
    });
  });
}

function cannotRun(cause: Error): FarmError {
  const message = `cannot run setpriv: ${cause.message}; install util-linux and redis-server (apt-get install util-linux redis-server), or set REDIS_URL`;
  return new FarmError('invalid_configuration', message, { cause });
}

function notInstalled(): FarmError {
  const message =
    'redis-server is not installed; run `apt-get install redis-server`, or set REDIS_URL to a Redis that runs already';
  return new FarmError('invalid_configuration', message);
}

async function terminate(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
