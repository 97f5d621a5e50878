/** Frames made and checked by the book, independent of the code under test. */
export const BOARD_MAC = Buffer.from('525400123456', 'hex');
export const GATEWAY_MAC = Buffer.from('52550a000202', 'hex');

export interface IpParts {
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: number;
  /** Flags and fragment offset, as in the header. */
  readonly fragment?: number;
}
export interface PortParts extends IpParts {
  readonly sourcePort?: number;
  readonly port: number;
  readonly data?: Uint8Array;
}

export function ethernet(type: number, payload: Uint8Array, to: Uint8Array = GATEWAY_MAC): Buffer {
  const typeBytes = Buffer.from([type >> 8, type & 0xff]);
  return Buffer.concat([to, BOARD_MAC, typeBytes, payload]);
}

export function ip(payload: Uint8Array, parts: IpParts = {}): Buffer {
  const { from = '10.0.2.15', to = '10.0.2.2', protocol = 17, fragment = 0 } = parts;
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[8] = 64;
  header[9] = protocol;
  header.set(from.split('.').map(Number), 12);
  header.set(to.split('.').map(Number), 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return ethernet(0x0800, Buffer.concat([header, payload]));
}

export function udp({
  sourcePort = 49_152,
  port,
  data = Buffer.alloc(0),
  ...rest
}: PortParts): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + data.length, 4);
  return withChecksum(ip(Buffer.concat([header, data]), { ...rest, protocol: 17 }), 6);
}

export function tcp(
  { sourcePort = 49_152, port, data = Buffer.alloc(0), ...rest }: PortParts,
  flags = 2,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt32BE(1, 4);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(8192, 14);
  return withChecksum(ip(Buffer.concat([header, data]), { ...rest, protocol: 6 }), 16);
}

export function icmp(type: number, parts: IpParts = {}): Buffer {
  const body = Buffer.from([type, 0, 0, 0, 0, 1, 0, 1, 0x61, 0x62]);
  body.writeUInt16BE(internetChecksum(body), 2);
  return ip(body, { ...parts, protocol: 1 });
}

export function arpRequest(wanted: string): Buffer {
  const fixed = Buffer.from('0001080006040001', 'hex');
  const [own, target] = ['10.0.2.15', wanted].map((text) =>
    Buffer.from(text.split('.').map(Number)),
  );
  const parts = [fixed, BOARD_MAC, own, Buffer.alloc(6), target] as Buffer[];
  return ethernet(0x0806, Buffer.concat(parts), Buffer.alloc(6, 0xff));
}

/** Writes the checksum of TCP (at 16) or UDP (at 6) over the pseudo header; the frame has no padding. */
function withChecksum(frame: Buffer, at: number): Buffer {
  frame.writeUInt16BE(0, 34 + at);
  frame.writeUInt16BE(internetChecksum(withPseudoHeader(frame)) || 0xffff, 34 + at);
  return frame;
}

function withPseudoHeader(frame: Buffer): Buffer {
  const segment = frame.subarray(34, 14 + frame.readUInt16BE(16));
  const pseudo = Buffer.concat([frame.subarray(26, 34), Buffer.from([0, frame[23] ?? 0, 0, 0])]);
  pseudo.writeUInt16BE(segment.length, 10);
  return Buffer.concat([pseudo, segment]);
}

/** Computes everything anew: whether IP's checksum and, where there is one, that of TCP or UDP are right. */
export function checksumsAreRight(frame: Buffer): boolean {
  if (internetChecksum(frame.subarray(14, 34)) !== 0) return false;
  const isAbsent = frame[23] === 17 && frame.readUInt16BE(40) === 0;
  return isAbsent || internetChecksum(withPseudoHeader(frame)) === 0;
}

/** Gives a frame that was tampered with the right checksum of IP, so that it is not judged by that alone. */
export function withIpChecksum(frame: Buffer): Buffer {
  if (frame.length < 34) return frame;
  frame.writeUInt16BE(0, 24);
  frame.writeUInt16BE(internetChecksum(frame.subarray(14, 34)), 24);
  return frame;
}

function internetChecksum(bytes: Uint8Array): number {
  let sum = 0n;
  for (const [index, byte] of bytes.entries()) sum += BigInt(index % 2 === 0 ? byte << 8 : byte);
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(sum) ^ 0xffff;
}
