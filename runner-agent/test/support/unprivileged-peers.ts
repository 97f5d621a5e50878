import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const PEERS = new URL('../../dist/network-peer/network-peers.js', import.meta.url).href;
const LOG = "{ level: 'silent' }";
/** Root keeps its rights over uid 0: the one to listen below 1024 is taken from what its children can have. */
const WITHOUT_RIGHT = ['setpriv', '--bounding-set', '-net_bind_service'];

/** A process that starts the peers on their standard ports and may not listen there, and how it ended. */
export async function startedWithoutRights(
  host: string,
): Promise<{ code: number | null; stderr: string }> {
  const script = `
    import { pino } from 'pino';
    import { NetworkPeers } from ${JSON.stringify(PEERS)};
    const host = ${JSON.stringify(host)};
    await new NetworkPeers({ host, onStandardPorts: true, log: pino(${LOG}) }).ports();
    process.exit(0);
  `;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const isRoot = process.getuid?.() === 0;
  const [command = '', ...args] = isRoot ? [...WITHOUT_RIGHT, ...node] : node;
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, stderr };
}
