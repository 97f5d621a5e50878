import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the kernel lends to outgoing connections: nobody gets one of these by chance. */
const FIRST = 20_000;
const COUNT = 12_000;
const TRIES = 50;

/**
 * A port of this machine on which nobody listens, and which stays free while a server on it is killed and started again.
 * @throws Error when none is found
 */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${FIRST + COUNT}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
