import { once } from 'node:events';
import { createServer } from 'node:net';
import { it } from '@jest/globals';

/** Whether this process may listen on ports below 1024: root may, others by a capability or a sysctl. */
const MAY_LISTEN = await mayListen();

async function mayListen(): Promise<boolean> {
  const server = createServer().listen(7, '127.99.7.254');
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  } finally {
    server.close();
  }
}

/** For tests that listen on ports of services; give their titles `LOW_PORTS` at the end. */
export const itOnLowPorts = MAY_LISTEN ? it : it.skip;
export const LOW_PORTS = MAY_LISTEN ? '' : ' (skipped: ports below 1024 need root)';
