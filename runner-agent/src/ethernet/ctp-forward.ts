import {
  BROADCAST_MAC,
  destinationMacOf,
  ETHERNET_HEADER_BYTES,
  isGroupMac,
  MAC_BYTES,
} from './ethernet-frame.js';

/*
 * Ethernet Configuration Testing Protocol (Digital, Intel, Xerox: The Ethernet 2.0, chapter 8); numbers are little endian:
 *
 *   14         16                       16 + skip count
 *   ├ skip count ┼ messages done with … ┼ function 2 (forward) │ address to forward to (6) ┼ next message …
 *                                       ┼ function 1 (reply)   │ receipt number │ data …
 *
 * Who is asked to forward sends the frame to that address, from its own, with a skip count that is 8 more.
 */
const SKIP_COUNT_AT = ETHERNET_HEADER_BYTES;
const MESSAGES_AT = SKIP_COUNT_AT + 2;
const FORWARD = 2;
const FORWARD_BYTES = 2 + MAC_BYTES;
/** Two stations could hand a frame to and fro as often as it has room; no test asks for more than some hops. */
const MAX_SKIP_BYTES = 64;
/** The address at which any station that can loop frames back is found. */
const ASSISTANCE_MAC = Buffer.from([0xcf, 0, 0, 0, 0, 0]);
/** IPv6 and IPv4 multicast; of the groups, Mbed's filter tests have frames forwarded to these. */
const FORWARDABLE_GROUPS = [Buffer.from([0x33, 0x33]), Buffer.from([0x01, 0x00, 0x5e])];

/**
 * What station `ownMac` sends when it gets this frame; undefined when it is not addressed, not asked to forward, or
 * asked to forward to all stations or to a group that is none of IP's.
 */
export function ctpForward(frame: Buffer, ownMac: Buffer): Buffer | undefined {
  const asked = destinationMacOf(frame);
  if (![ownMac, BROADCAST_MAC, ASSISTANCE_MAC].some((mac) => mac.equals(asked))) return undefined;
  if (frame.length < MESSAGES_AT) return undefined;
  const skipBytes = frame.readUInt16LE(SKIP_COUNT_AT);
  const at = MESSAGES_AT + skipBytes;
  if (skipBytes % 2 !== 0 || skipBytes > MAX_SKIP_BYTES || at + FORWARD_BYTES > frame.length)
    return undefined;
  if (frame.readUInt16LE(at) !== FORWARD) return undefined;
  const next = frame.subarray(at + 2, at + FORWARD_BYTES);
  if (!mayForwardTo(next)) return undefined;
  const forwarded = Buffer.from(frame);
  forwarded.set(next, 0);
  forwarded.set(ownMac, MAC_BYTES);
  forwarded.writeUInt16LE(skipBytes + FORWARD_BYTES, SKIP_COUNT_AT);
  return forwarded;
}

function mayForwardTo(mac: Buffer): boolean {
  if (!isGroupMac(mac)) return true;
  return FORWARDABLE_GROUPS.some((group) => mac.subarray(0, group.length).equals(group));
}
