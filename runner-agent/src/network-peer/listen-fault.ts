import type { EventEmitter } from 'node:events';
import { RunFault } from '../contracts/run-fault.js';
import { messageOf } from '../deadline.js';
import type { Logger } from '../logger.js';

/** Where a peer is to listen, and to whom it complains. */
export interface PeerPlace {
  /** An IP address of this machine. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: Logger;
}

const CURES: Readonly<Record<string, string>> = {
  EACCES:
    'ports below 1024 need a right: give the agent CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), or set the sysctl net.ipv4.ip_unprivileged_port_start to 7',
  EADDRINUSE:
    'another program has it: find it with `ss -lnp` and stop it (inetd?), or set GREENRACK_NETWORK_PEERS to another address',
  EADDRNOTAVAIL:
    'no interface of this machine has that address: set GREENRACK_NETWORK_PEERS to one that `ip address` shows',
};

/** Resolves when the server or socket listens; its later errors are logged. @throws RunFault that says what to do */
export async function listening(
  server: EventEmitter,
  protocol: 'TCP' | 'UDP',
  { host, port, log }: PeerPlace,
): Promise<void> {
  const where = `network peers: ${host} ${protocol} port ${port}`;
  let fail: ((error: unknown) => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      server.once('listening', resolve);
      server.once('error', fail);
    });
  } catch (error) {
    const cure = CURES[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
    throw new RunFault('boardStartFailed', `${where}: ${cure}`, error);
  } finally {
    if (fail) server.removeListener('error', fail);
    server.on('error', (error) => log.warn({ err: error }, where));
  }
}
