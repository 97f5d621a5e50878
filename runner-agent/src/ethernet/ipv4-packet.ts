import { checksumOf, onesSum } from './checksum.js';
import { ETHERNET_HEADER_BYTES } from './ethernet-frame.js';

/*
 * IPv4 without options (RFC 791, section 3.1), behind the Ethernet header:
 *
 *   14         16             18  20               22    23         24         26       30            34
 *   ├ 0x45 │ TOS ┼ total length ┼ id ┼ flags, offset ┼ TTL ┼ protocol ┼ checksum ┼ source ┼ destination ┼ payload …
 */
const AT = ETHERNET_HEADER_BYTES;
const HEADER_BYTES = 20;
export const IPV4_PAYLOAD_AT = AT + HEADER_BYTES;
const VERSION_4_NO_OPTIONS = 0x45;
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Where things are in a frame whose IPv4 header was found in order. Addresses are 32-bit numbers. */
export interface Ipv4Packet {
  readonly protocol: number;
  readonly source: number;
  readonly destination: number;
  /** Where the packet ends in its frame; what follows is padding. */
  readonly end: number;
}

/** Reads the IPv4 header of a frame. Answers what is wrong when the packet cannot be used. */
export function readIpv4(frame: Buffer): Ipv4Packet | string {
  if (frame.length < IPV4_PAYLOAD_AT) return 'IP cut short';
  if (frame[AT] !== VERSION_4_NO_OPTIONS) return 'IP with options or of another version';
  const totalBytes = frame.readUInt16BE(AT + 2);
  if (totalBytes < HEADER_BYTES || AT + totalBytes > frame.length) return 'IP of a wrong length';
  if ((frame.readUInt16BE(AT + 6) & MORE_FRAGMENTS_OR_OFFSET) !== 0) return 'IP fragment';
  if (onesSum(frame.subarray(AT, IPV4_PAYLOAD_AT)) !== 0xffff) return 'IP with a wrong checksum';
  return {
    protocol: frame.readUInt8(AT + 9),
    source: frame.readUInt32BE(AT + 12),
    destination: frame.readUInt32BE(AT + 16),
    end: AT + totalBytes,
  };
}

/** Sum over the pseudo header of TCP and UDP (RFC 793, section 3.1; RFC 768), for their checksums. */
export function pseudoHeaderSum(packet: Ipv4Packet): number {
  const pseudo = Buffer.alloc(12);
  pseudo.writeUInt32BE(packet.source, 0);
  pseudo.writeUInt32BE(packet.destination, 4);
  pseudo.writeUInt8(packet.protocol, 9);
  pseudo.writeUInt16BE(packet.end - IPV4_PAYLOAD_AT, 10);
  return onesSum(pseudo);
}

/** Writes a header in front of `payloadBytes` bytes at {@link IPV4_PAYLOAD_AT}. */
export function writeIpv4(
  frame: Buffer,
  { protocol, source, destination }: Pick<Ipv4Packet, 'protocol' | 'source' | 'destination'>,
  payloadBytes: number,
): void {
  frame.fill(0, AT, IPV4_PAYLOAD_AT);
  frame.writeUInt8(VERSION_4_NO_OPTIONS, AT);
  frame.writeUInt16BE(HEADER_BYTES + payloadBytes, AT + 2);
  frame.writeUInt8(64, AT + 8);
  frame.writeUInt8(protocol, AT + 9);
  frame.writeUInt32BE(source, AT + 12);
  frame.writeUInt32BE(destination, AT + 16);
  frame.writeUInt16BE(checksumOf(frame.subarray(AT, IPV4_PAYLOAD_AT)), AT + 10);
}

/** `10.0.2.2` as a number. */
export function ipv4Of(text: string): number {
  return text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
}

/** A number as `10.0.2.2`. */
export function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
