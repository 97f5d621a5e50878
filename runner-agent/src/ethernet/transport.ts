import { adjustedChecksum, checksumOf, onesSum } from './checksum.js';
import { ETHER_TYPE, ETHERNET_HEADER_BYTES, padded } from './ethernet-frame.js';
import {
  IPV4_PAYLOAD_AT as AT,
  IP_PROTOCOL,
  type Ipv4Packet,
  pseudoHeaderSum,
  writeIpv4,
} from './ipv4-packet.js';

/*
 * Behind the IPv4 header (RFC 768; RFC 793, section 3.1), offsets from its end:
 *
 *   0              2                   4        6           8
 *   ├ source port ─┼ destination port ─┼ length ┼ checksum ─┼ UDP payload …
 *   ├ source port ─┼ destination port ─┼ sequence number …  12 ├ data offset │ flags ┼ window  16 ├ checksum ┼ …
 */
const UDP_HEADER_BYTES = 8;
const TCP_HEADER_BYTES = 20;
const CHECKSUM_AT: Readonly<Record<number, number>> = {
  [IP_PROTOCOL.tcp]: AT + 16,
  [IP_PROTOCOL.udp]: AT + 6,
};
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;
/** Where a port stands. */
export const PORT_AT = { source: AT, destination: AT + 2 } as const;

export interface Ports {
  readonly source: number;
  readonly destination: number;
}

/** Ports of a TCP segment or a UDP datagram; undefined when its header is not all there or its length is wrong. */
export function readPorts(frame: Buffer, packet: Ipv4Packet): Ports | undefined {
  const bytes = packet.end - AT;
  const isWhole = packet.protocol === IP_PROTOCOL.tcp ? isTcp(frame, bytes) : isUdp(frame, bytes);
  if (!isWhole) return undefined;
  return {
    source: frame.readUInt16BE(PORT_AT.source),
    destination: frame.readUInt16BE(PORT_AT.destination),
  };
}

/** What a packet that {@link readPorts} found whole carries. */
export function payloadBytesOf(frame: Buffer, { protocol, end }: Ipv4Packet): number {
  const headerBytes = protocol === IP_PROTOCOL.tcp ? tcpHeaderBytes(frame) : UDP_HEADER_BYTES;
  return end - AT - headerBytes;
}

function tcpHeaderBytes(frame: Buffer): number {
  return (frame.readUInt8(AT + 12) >> 4) * 4;
}

function isTcp(frame: Buffer, bytes: number): boolean {
  if (bytes < TCP_HEADER_BYTES) return false;
  const headerBytes = tcpHeaderBytes(frame);
  return headerBytes >= TCP_HEADER_BYTES && headerBytes <= bytes;
}

function isUdp(frame: Buffer, bytes: number): boolean {
  return bytes >= UDP_HEADER_BYTES && frame.readUInt16BE(AT + 4) === bytes;
}

/** Flags of a segment that {@link readPorts} found whole. */
export function tcpFlagsOf(frame: Buffer): number {
  return frame.readUInt8(AT + 13);
}

/** The packet with another port and no padding. A checksum that was wrong stays wrong, one that was absent stays so. */
export function withPort(
  frame: Buffer,
  packet: Ipv4Packet,
  { at, port }: { readonly at: number; readonly port: number },
): Buffer {
  const changed = Buffer.from(frame.subarray(0, packet.end));
  const before = changed.readUInt16BE(at);
  changed.writeUInt16BE(port, at);
  const checksumAt = CHECKSUM_AT[packet.protocol];
  if (checksumAt === undefined) return changed;
  const isUdp = packet.protocol === IP_PROTOCOL.udp;
  const checksum = changed.readUInt16BE(checksumAt);
  if (isUdp && checksum === 0) return changed;
  const adjusted = adjustedChecksum(checksum, before, port);
  changed.writeUInt16BE(isUdp ? neverZero(adjusted) : adjusted, checksumAt);
  return changed;
}

/** The payload of a datagram that {@link readPorts} found whole; undefined when its checksum is wrong. */
export function udpPayload(frame: Buffer, packet: Ipv4Packet): Buffer | undefined {
  const datagram = frame.subarray(AT, packet.end);
  const isChecked = datagram.readUInt16BE(6) !== 0;
  if (isChecked && onesSum(datagram, pseudoHeaderSum(packet)) !== 0xffff) return undefined;
  return datagram.subarray(UDP_HEADER_BYTES);
}

/** The answer to a datagram, with everything turned round. */
export function udpAnswer(request: Buffer, asked: Ipv4Packet, payload: Uint8Array): Buffer {
  const bytes = UDP_HEADER_BYTES + payload.length;
  const frame = Buffer.alloc(AT + bytes);
  const packet = {
    protocol: IP_PROTOCOL.udp,
    source: asked.destination,
    destination: asked.source,
    end: frame.length,
  };
  request.copy(frame, 0, 6, 12);
  request.copy(frame, 6, 0, 6);
  frame.writeUInt16BE(ETHER_TYPE.ipv4, ETHERNET_HEADER_BYTES - 2);
  writeIpv4(frame, packet, bytes);
  request.copy(frame, PORT_AT.source, PORT_AT.destination, PORT_AT.destination + 2);
  request.copy(frame, PORT_AT.destination, PORT_AT.source, PORT_AT.source + 2);
  frame.writeUInt16BE(bytes, AT + 4);
  frame.set(payload, AT + UDP_HEADER_BYTES);
  const checksum = checksumOf(frame.subarray(AT), pseudoHeaderSum(packet));
  frame.writeUInt16BE(neverZero(checksum), AT + 6);
  return padded(frame);
}

/** UDP's zero means "no checksum", so a sum of zero is sent as its other form. */
function neverZero(checksum: number): number {
  return checksum === 0 ? 0xffff : checksum;
}
