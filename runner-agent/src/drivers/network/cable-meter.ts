import type { CableFlow, CableTraffic, EthernetCable } from '@greenrack/farm-protocol';
import { ETHER_TYPE, etherTypeOf } from '../../ethernet/ethernet-frame.js';
import { IP_PROTOCOL, readIpv4 } from '../../ethernet/ipv4-packet.js';
import { payloadBytesOf, readPorts } from '../../ethernet/transport.js';

interface Crossed {
  payloadBytes: number;
  readonly firstMs: number;
  lastMs: number;
}

/** Measures what crosses a board's cable, by the host's clock: what a board says of its own throughput can be held against it. */
export class CableMeter implements EthernetCable {
  readonly #crossed = new Map<number, Crossed>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** @param frame - one that the gate has let through, so there are no more flows than services */
  note(direction: CableFlow['direction'], frame: Buffer): void {
    if (etherTypeOf(frame) !== ETHER_TYPE.ipv4) return;
    const packet = readIpv4(frame);
    const ports = typeof packet === 'string' ? undefined : readPorts(frame, packet);
    if (typeof packet === 'string' || !ports) return;
    const payloadBytes = payloadBytesOf(frame, packet);
    if (payloadBytes === 0) return;
    const port = direction === 'up' ? ports.destination : ports.source;
    this.#add(keyOf(packet.protocol, port, direction), payloadBytes);
  }

  takeTraffic({ protocol, port, direction }: CableFlow): CableTraffic | undefined {
    const key = keyOf(IP_PROTOCOL[protocol], port, direction);
    const crossed = this.#crossed.get(key);
    this.#crossed.delete(key);
    if (!crossed) return undefined;
    const { payloadBytes, firstMs, lastMs } = crossed;
    return { payloadBytes, spanUs: Math.round((lastMs - firstMs) * 1000) };
  }

  #add(key: number, payloadBytes: number): void {
    const nowMs = this.#nowMs();
    const crossed = this.#crossed.get(key);
    if (!crossed) {
      this.#crossed.set(key, { payloadBytes, firstMs: nowMs, lastMs: nowMs });
      return;
    }
    crossed.payloadBytes += payloadBytes;
    crossed.lastMs = nowMs;
  }
}

function keyOf(protocol: number, port: number, direction: CableFlow['direction']): number {
  return (protocol * 2 + (direction === 'up' ? 1 : 0)) * 0x10000 + port;
}
