import type { Duplex } from 'node:stream';
import type { PeerService, Sender } from './peer-services.js';

/*
 * iperf 2, a server's half; numbers are 32 bits, highest byte first.
 *
 * TCP begins with 24 bytes of settings, and 36 more with the flag EXTEND:
 *   0 flags ┼ 4 threads ┼ 8 port ┼ 12 buffer length ┼ 16 window ┼ 20 amount ┼ 24 type ┼ 28 length ┼ 32 flags …
 * UDP, and the report that answers a datagram with a negative number:
 *   0 number ┼ 4 seconds ┼ 8 µs ┼ 12 number, high half ┼ 16 settings …
 *   0 the same 16 bytes ┼ 16 flags ┼ 20 bytes (64 bits) ┼ 28 s ┼ 32 µs ┼ 36 lost ┼ 40 out of order ┼ 44 datagrams ┼ 48 jitter, s ┼ 52 µs
 */
const IPERF_PORT = 5001;
const AMOUNT_AT = 20;
const SETTINGS_BYTES = 24;
const EXTENSION_FLAGS_AT = 32;
const EXTENDED_BYTES = 60;
const FLAG = { extend: 0x4000_0000, reverse: 0x8, report: 0x8000_0000 } as const;
/** A board asks for a fixed amount; a negative one would be a time. */
const MAX_AMOUNT = 64 * 1024 * 1024;
const UDP_HEADER_BYTES = 16;
const REPORT_BYTES = 56;
/** Clients that are remembered; of more the one that has been silent longest is forgotten. */
const MAX_CLIENTS = 256;
const DIGITS = Buffer.alloc(64 * 1024 - 6, '0123456789');

/** The flags 0 are those of a plain test: the client sends, nothing comes back. */
function amountWanted(head: Buffer): number | undefined {
  if (head.length < SETTINGS_BYTES) return undefined;
  if ((head.readUInt32BE(0) & FLAG.extend) === 0) return 0;
  if (head.length < EXTENDED_BYTES) return undefined;
  const isReverse = (head.readUInt32BE(EXTENSION_FLAGS_AT) & FLAG.reverse) !== 0;
  return isReverse ? Math.min(MAX_AMOUNT, Math.max(0, head.readInt32BE(AMOUNT_AT))) : 0;
}

function serve(connection: Duplex): void {
  let head = Buffer.alloc(0);
  const look = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes.subarray(0, EXTENDED_BYTES)]);
    const amount = amountWanted(head);
    if (amount === undefined) return;
    connection.off('data', look);
    connection.resume();
    if (amount > 0) send(connection, amount);
  };
  connection.on('data', look);
  connection.once('end', () => connection.end());
}

/** Others get their turn after each piece: a fast reader must not hold up the agent. */
function send(connection: Duplex, amount: number): void {
  let left = amount;
  const more = (): void => {
    if (!connection.writable) return;
    const piece = DIGITS.subarray(0, left);
    left -= piece.length;
    if (left === 0) connection.end(piece);
    else connection.write(piece, () => setImmediate(more));
  };
  more();
}

/** What came of one client; `next` is the number that is due. */
interface Tally {
  next: number;
  datagrams: number;
  bytes: number;
  lost: number;
  outOfOrder: number;
  readonly beganMs: number;
  spanMs: number;
  transitMs: number | undefined;
  jitterMs: number;
  isOver: boolean;
}

/** Counts datagrams by their senders and reports when one says that it has sent all. */
class DatagramTallies {
  readonly #tallies = new Map<string, Tally>();

  answer(datagram: Buffer, { address, port }: Sender): Uint8Array | undefined {
    if (datagram.length < UDP_HEADER_BYTES) return undefined;
    const sender = `${address}:${port}`;
    const number = datagram.readInt32BE(0);
    if (number >= 0) {
      note(this.#tallyOf(sender), datagram, number);
      return undefined;
    }
    const tally = this.#tallies.get(sender);
    // An answer that is longer than its question would be good for floods.
    if (!tally || datagram.length < REPORT_BYTES) return undefined;
    tally.isOver = true;
    return report(datagram, tally);
  }

  #tallyOf(sender: string): Tally {
    const known = this.#tallies.get(sender);
    this.#tallies.delete(sender);
    const tally = known && !known.isOver ? known : newTally();
    this.#tallies.set(sender, tally);
    const [oldest] = this.#tallies.keys();
    if (this.#tallies.size > MAX_CLIENTS && oldest !== undefined) this.#tallies.delete(oldest);
    return tally;
  }
}

function newTally(): Tally {
  const counts = { next: 1, datagrams: 0, bytes: 0, lost: 0, outOfOrder: 0 };
  const times = { beganMs: performance.now(), spanMs: 0, transitMs: undefined, jitterMs: 0 };
  return { ...counts, ...times, isOver: false };
}

function note(tally: Tally, datagram: Buffer, number: number): void {
  const nowMs = performance.now();
  tally.datagrams++;
  tally.bytes += datagram.length;
  tally.spanMs = nowMs - tally.beganMs;
  if (number >= tally.next) {
    tally.lost += number - tally.next;
    tally.next = number + 1;
  } else if (number > 0) {
    tally.outOfOrder++;
    tally.lost = Math.max(0, tally.lost - 1);
  }
  // RFC 1889, 6.3.1: by how much the time on the way differs from one to the next, so the clocks may differ.
  const transitMs = nowMs - (datagram.readUInt32BE(4) * 1000 + datagram.readUInt32BE(8) / 1000);
  const change = Math.abs(transitMs - (tally.transitMs ?? transitMs));
  tally.jitterMs += (change - tally.jitterMs) / 16;
  tally.transitMs = transitMs;
}

function report(datagram: Buffer, tally: Tally): Buffer {
  const bytes = Buffer.alloc(REPORT_BYTES);
  datagram.copy(bytes, 0, 0, UDP_HEADER_BYTES);
  bytes.writeUInt32BE(FLAG.report, 16);
  bytes.writeBigUInt64BE(BigInt(tally.bytes), 20);
  writeTime(bytes, 28, tally.spanMs);
  bytes.writeUInt32BE(tally.lost >>> 0, 36);
  bytes.writeUInt32BE(tally.outOfOrder, 40);
  bytes.writeUInt32BE(tally.datagrams, 44);
  writeTime(bytes, 48, tally.jitterMs);
  return bytes;
}

function writeTime(bytes: Buffer, at: number, ms: number): void {
  const us = Math.round(ms * 1000);
  bytes.writeUInt32BE(Math.floor(us / 1_000_000) >>> 0, at);
  bytes.writeUInt32BE(us % 1_000_000, at + 4);
}

/** Measures as `iperf -s` does; with the flag of `--reverse` it sends. */
export function iperfService(): PeerService {
  const tallies = new DatagramTallies();
  return {
    name: 'iperf',
    port: IPERF_PORT,
    serve,
    answer: (datagram, from) => tallies.answer(datagram, from),
  };
}
