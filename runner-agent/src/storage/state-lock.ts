import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * Holds a state directory for this process alone.
 *
 * The lock is a socket name in Linux's abstract namespace, made of the directory's device and inode: the kernel hands
 * it to one process and takes it back when that process dies, however it dies. A lock file would need a guess whether
 * its owner is still alive. Nobody ever connects to it.
 */
export class StateLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws Error when another process on this machine has the directory. */
  static async take(directory: string): Promise<StateLock> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { dev, ino } = await stat(directory);
    const server = createServer((socket) => socket.destroy());
    server.listen(`\0greenrack-agent-${dev}-${ino}`);
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new Error(
        `${directory} is in use by another agent. Stop it, or give this one a state directory of its own.`,
        { cause: error },
      );
    }
    server.unref();
    return new StateLock(server);
  }

  async release(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
