import type { PeerPort } from '../../contracts/network-peer.js';
import { ctpForward } from '../../ethernet/ctp-forward.js';
import { ETHER_TYPE } from '../../ethernet/ethernet-frame.js';
import { IP_PROTOCOL, type Ipv4Packet, ipv4Text, readIpv4 } from '../../ethernet/ipv4-packet.js';
import {
  PORT_AT,
  type Ports,
  readPorts,
  TCP_FLAG,
  tcpFlagsOf,
  withPort,
} from '../../ethernet/transport.js';
import { FlowTable } from './flow-table.js';
import {
  answerName,
  arp,
  DHCP,
  dropped,
  ICMP_TYPE,
  isDhcp,
  isPing,
  type Passage,
  pass,
  pingFromBoard,
  protocolText,
  toText,
  transportOf,
  typeOf,
} from './gate-rules.js';
import { CTP_STATION_MAC, HOST, isBoardAddress, NAME_SERVER } from './virtual-lan.js';

const DNS_PORT = 53;
/** As long as the peers wait for a silent connection, and for a partner that does not end after them; and some more. */
const TCP_FLOWS = { limit: 64, idleMs: 125_000, closingMs: 15_000 } as const;
/** As long as QEMU's network waits for a silent UDP port. */
const UDP_FLOWS = { limit: 256, idleMs: 240_000 } as const;

type TransportPorts = Readonly<Record<PeerPort['protocol'], ReadonlyMap<number, number>>>;

/**
 * Decides about every frame between a board, whose firmware is not trusted, and QEMU's user network, which would carry
 * it anywhere: only ARP, DHCP, pings of the gateway, and TCP and UDP of the peers pass. DNS and CTP are answered here.
 */
export class PeerGate {
  readonly #hostPorts: TransportPorts;
  readonly #boardPorts: TransportPorts;
  readonly #tcpFlows = new FlowTable(TCP_FLOWS);
  readonly #udpFlows = new FlowTable(UDP_FLOWS);
  readonly #nowMs: () => number;

  constructor(ports: readonly PeerPort[], nowMs: () => number = () => performance.now()) {
    const pairs = ports.map(({ port, hostPort, protocol }) => [port, hostPort, protocol] as const);
    this.#hostPorts = portMaps(pairs);
    this.#boardPorts = portMaps(pairs.map(([port, hostPort, name]) => [hostPort, port, name]));
    this.#nowMs = nowMs;
  }

  /** A frame that the board has sent. */
  fromBoard(frame: Buffer): Passage {
    const type = typeOf(frame);
    if (type === ETHER_TYPE.ipv4) return this.#ipFromBoard(frame);
    if (type === ETHER_TYPE.arp) return arp(frame, 'network');
    if (type === ETHER_TYPE.ctp) {
      const forwarded = ctpForward(frame, CTP_STATION_MAC);
      return forwarded ? { to: 'board', frame: forwarded } : dropped('CTP that asks for nothing');
    }
    return dropped(typeof type === 'string' ? type : `Ethernet type 0x${type.toString(16)}`);
  }

  /** A frame that QEMU's network has sent. */
  fromNetwork(frame: Buffer): Passage {
    const type = typeOf(frame);
    if (type === ETHER_TYPE.ipv4) return this.#ipFromNetwork(frame);
    if (type === ETHER_TYPE.arp) return arp(frame, 'board');
    return dropped('what is not IP, from the network');
  }

  #ipFromBoard(frame: Buffer): Passage {
    const packet = readIpv4(frame);
    if (typeof packet === 'string') return dropped(packet);
    if (packet.protocol === IP_PROTOCOL.icmp) return pingFromBoard(frame, packet);
    const protocol = transportOf(packet);
    const ports = protocol && readPorts(frame, packet);
    if (!protocol || !ports) return dropped(`${protocolText(packet)} ${toText(packet)}`);
    if (isDhcp(packet, ports)) return pass('network', frame, packet);
    if (!isBoardAddress(packet.source)) return dropped(`IP from ${ipv4Text(packet.source)}`);
    const isQuestion = packet.destination === NAME_SERVER && ports.destination === DNS_PORT;
    if (protocol === 'udp' && isQuestion) return answerName(frame, packet);
    const port = packet.destination === HOST && this.#hostPorts[protocol].get(ports.destination);
    if (!port)
      return dropped(`${protocolText(packet)} ${toText(packet)}:${String(ports.destination)}`);
    const refusal = this.#refusal(frame, packet, ports);
    if (refusal !== undefined) return dropped(refusal);
    return { to: 'network', frame: withPort(frame, packet, { at: PORT_AT.destination, port }) };
  }

  #refusal(frame: Buffer, packet: Ipv4Packet, ports: Ports): string | undefined {
    const flow = flowOf(packet.source, ports.source, ports.destination);
    if (packet.protocol === IP_PROTOCOL.tcp) {
      const isNew = (tcpFlagsOf(frame) & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
      if (!isNew) this.#tcpFlows.touch(flow, this.#nowMs());
      if (!isNew || this.#tcpFlows.admit(flow, this.#nowMs())) return undefined;
      return `TCP beyond ${TCP_FLOWS.limit} connections`;
    }
    // Two services that answer each other would never end.
    if (this.#hostPorts.udp.has(ports.source)) return `UDP from the service port ${ports.source}`;
    // QEMU's network opens one socket for each address and port of the board.
    const socket = flowOf(packet.source, ports.source, 0);
    if (this.#udpFlows.admit(socket, this.#nowMs())) return undefined;
    return `UDP beyond ${UDP_FLOWS.limit} ports`;
  }

  /** A reset proves nothing: QEMU's network sends one for a wrong number and keeps the connection. */
  #noteFlow(frame: Buffer, flow: number): void {
    this.#tcpFlows.touch(flow, this.#nowMs());
    if ((tcpFlagsOf(frame) & TCP_FLAG.fin) !== 0) this.#tcpFlows.closing(flow);
  }

  #ipFromNetwork(frame: Buffer): Passage {
    const packet = readIpv4(frame);
    if (typeof packet === 'string') return dropped(`${packet}, from the network`);
    const stray = dropped(`${protocolText(packet)} from ${ipv4Text(packet.source)}`);
    if (packet.source !== HOST) return stray;
    if (packet.protocol === IP_PROTOCOL.icmp)
      return isPing(frame, packet, ICMP_TYPE.echoReply) ? pass('board', frame, packet) : stray;
    const protocol = transportOf(packet);
    const ports = protocol && readPorts(frame, packet);
    if (!protocol || !ports) return stray;
    if (protocol === 'udp' && ports.source === DHCP.server && ports.destination === DHCP.client)
      return pass('board', frame, packet);
    const port = this.#boardPorts[protocol].get(ports.source);
    if (port === undefined) return stray;
    if (protocol === 'tcp')
      this.#noteFlow(frame, flowOf(packet.destination, ports.destination, port));
    return { to: 'board', frame: withPort(frame, packet, { at: PORT_AT.source, port }) };
  }
}

function portMaps(pairs: readonly (readonly [number, number, PeerPort['protocol']])[]) {
  const of = (protocol: PeerPort['protocol']): ReadonlyMap<number, number> =>
    new Map(pairs.flatMap(([from, to, name]) => (name === protocol ? [[from, to]] : [])));
  return { tcp: of('tcp'), udp: of('udp') };
}

/** The board's address, its port and that of the service, in one number. */
function flowOf(board: number, port: number, service: number): number {
  return ((board & 0xff) * 0x10000 + port) * 0x10000 + service;
}
