import type { LanPlug } from '../contracts/network-peer.js';
import { RunFault } from '../contracts/run-fault.js';

/**
 * Joins the boards of an attempt by a private network: what one sends the others hear, and nobody else. Boards that are
 * not virtual are joined by their cables: they have no plug.
 * @throws RunFault with `boardStartFailed`
 */
export function joinBoards(plugs: readonly (LanPlug | undefined)[]): void {
  const virtual = plugs.filter((plug) => plug !== undefined);
  if (virtual.length === 0) return;
  if (virtual.length < plugs.length)
    throw cannotJoin('only some of them are virtual boards with a network');
  const macs = new Set(virtual.map(({ mac }) => mac.toLowerCase()));
  if (macs.size < virtual.length)
    throw cannotJoin('two have the same Ethernet address, `wiring.params.network.mac`');
  for (const plug of virtual)
    plug.plugIn((frame) => {
      for (const other of virtual) if (other !== plug) other.deliver(frame);
    });
}

function cannotJoin(why: string): RunFault {
  const cure = "Correct the inventory: boards with the fixture 'lan' can be joined.";
  return new RunFault('boardStartFailed', `The run's boards cannot be joined: ${why}. ${cure}`);
}
