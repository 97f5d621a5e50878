import type { PeerPort } from '../../contracts/network-peer.js';
import { dnsAnswer } from '../../ethernet/dns-answer.js';
import {
  ETHERNET_HEADER_BYTES,
  etherTypeOf,
  MAX_FRAME_BYTES,
} from '../../ethernet/ethernet-frame.js';
import {
  IP_PROTOCOL,
  IPV4_PAYLOAD_AT,
  type Ipv4Packet,
  ipv4Text,
} from '../../ethernet/ipv4-packet.js';
import { type Ports, udpAnswer, udpPayload } from '../../ethernet/transport.js';
import { HOST, isBoardAddress, NAMES } from './virtual-lan.js';

const ARP_BYTES = ETHERNET_HEADER_BYTES + 28;
const ICMP_HEADER_BYTES = 8;
export const ICMP_TYPE = { echoReply: 0, echoRequest: 8 } as const;
export const DHCP = { server: 67, client: 68 } as const;
/** UDP header, fixed fields and the magic number of the options (RFC 2131, figure 1). */
const MIN_DHCP_BYTES = 8 + 236 + 4;
const LIMITED_BROADCAST = 0xffffffff;

/** Where a frame goes, or why it goes nowhere. */
export type Passage =
  | { readonly to: 'board' | 'network'; readonly frame: Buffer }
  | { readonly dropped: string };

export const dropped = (why: string): Passage => ({ dropped: why });

export function pass(to: 'board' | 'network', frame: Buffer, { end }: Ipv4Packet): Passage {
  return { to, frame: frame.subarray(0, end) };
}

/** The Ethernet type, or what is wrong with the frame's size. */
export function typeOf(frame: Buffer): number | string {
  if (frame.length < ETHERNET_HEADER_BYTES) return 'a frame cut short';
  if (frame.length > MAX_FRAME_BYTES) return 'a frame that is too long';
  return etherTypeOf(frame);
}

export function arp(frame: Buffer, to: 'board' | 'network'): Passage {
  return frame.length < ARP_BYTES ? dropped('ARP cut short') : { to, frame };
}

export function isPing(frame: Buffer, packet: Ipv4Packet, type: number): boolean {
  const isWhole = packet.end - IPV4_PAYLOAD_AT >= ICMP_HEADER_BYTES;
  return isWhole && frame[IPV4_PAYLOAD_AT] === type;
}

export function pingFromBoard(frame: Buffer, packet: Ipv4Packet): Passage {
  const isOurs = packet.destination === HOST && isBoardAddress(packet.source);
  if (isOurs && isPing(frame, packet, ICMP_TYPE.echoRequest)) return pass('network', frame, packet);
  return dropped(`ICMP ${toText(packet)}`);
}

export function isDhcp({ protocol, source, destination, end }: Ipv4Packet, ports: Ports): boolean {
  return (
    end - IPV4_PAYLOAD_AT >= MIN_DHCP_BYTES &&
    protocol === IP_PROTOCOL.udp &&
    ports.source === DHCP.client &&
    ports.destination === DHCP.server &&
    (destination === LIMITED_BROADCAST || destination === HOST) &&
    (source === 0 || isBoardAddress(source))
  );
}

export function answerName(frame: Buffer, packet: Ipv4Packet): Passage {
  const query = udpPayload(frame, packet);
  const answer = query && dnsAnswer(query, NAMES);
  if (!answer) return dropped('DNS that cannot be read');
  return { to: 'board', frame: udpAnswer(frame, packet, answer) };
}

export function transportOf({ protocol }: Ipv4Packet): PeerPort['protocol'] | undefined {
  if (protocol === IP_PROTOCOL.tcp) return 'tcp';
  return protocol === IP_PROTOCOL.udp ? 'udp' : undefined;
}

export function protocolText(packet: Ipv4Packet): string {
  return transportOf(packet)?.toUpperCase() ?? `IP protocol ${packet.protocol}`;
}

export const toText = ({ destination }: Ipv4Packet): string => `to ${ipv4Text(destination)}`;
