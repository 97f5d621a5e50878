import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { FarmError } from '@greenrack/farm-protocol';

/**
 * Keeps two controllers from sharing one state directory with its SQLite file and private Redis.
 *
 * The lock is a name in Linux's abstract socket namespace, made from device and inode of the directory: the kernel
 * gives it to one process and takes it back when that process dies, so there is no stale lock to clear by hand.
 */
export class StateLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Makes the directory when missing. @throws FarmError `invalid_configuration` when another process holds it */
  static async take(dir: string): Promise<StateLock> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const { dev, ino } = await stat(dir);
    const server = createServer((socket) => socket.destroy());
    server.listen(`\0greenrack-controller-${dev}-${ino}`);
    try {
      await once(server, 'listening');
    } catch (cause) {
      const message = `${dir} is in use by another controller; stop it, or set GREENRACK_STATE_DIR to another directory. Controllers side by side need DATABASE_URL and REDIS_URL.`;
      throw new FarmError('invalid_configuration', message, { cause });
    }
    server.unref();
    return new StateLock(server);
  }

  async release(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
