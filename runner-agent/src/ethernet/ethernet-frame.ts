/*
 * Ethernet II:
 *
 *   0             6        12     14
 *   ├─ destination ┼─ source ┼─ type ┼─ payload …
 */
export const ETHERNET_HEADER_BYTES = 14;
/** Longest frame without its FCS: a VLAN tag is not understood here, so none is allowed for. */
export const MAX_FRAME_BYTES = 1514;
/** Shortest frame without its FCS. */
const MIN_FRAME_BYTES = 60;
export const MAC_BYTES = 6;

export const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, ctp: 0x9000 } as const;
export const BROADCAST_MAC = Buffer.alloc(MAC_BYTES, 0xff);

export function etherTypeOf(frame: Buffer): number {
  return frame.readUInt16BE(12);
}

export function destinationMacOf(frame: Buffer): Buffer {
  return frame.subarray(0, MAC_BYTES);
}

export function sourceMacOf(frame: Buffer): Buffer {
  return frame.subarray(MAC_BYTES, 2 * MAC_BYTES);
}

/** An address of a group of stations, or of all. */
export function isGroupMac(mac: Buffer): boolean {
  return ((mac[0] ?? 0) & 1) === 1;
}

/** The frame, filled up with zeros to the shortest that may be on a wire. */
export function padded(frame: Buffer): Buffer {
  if (frame.length >= MIN_FRAME_BYTES) return frame;
  return Buffer.concat([frame, Buffer.alloc(MIN_FRAME_BYTES - frame.length)]);
}
