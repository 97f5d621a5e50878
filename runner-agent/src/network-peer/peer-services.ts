import type { Duplex } from 'node:stream';
import { iperfService } from './iperf-service.js';

/** Where a datagram came from. */
export interface Sender {
  readonly address: string;
  readonly port: number;
}

/** One small service, on TCP and UDP alike. */
export interface PeerService {
  readonly name: string;
  readonly port: number;
  /** The port that has the service behind TLS, where stock tests want one. */
  readonly tlsPort?: number;
  /** Serves one connection to its end. */
  serve(connection: Duplex): void;
  /** The answer to one datagram; undefined when there is none. */
  answer(datagram: Buffer, from: Sender): Uint8Array | undefined;
}

/** From 1900, as RFC 868 counts, to 1970. */
const SECONDS_1900_TO_1970 = 2_208_988_800;
const LINE_CHARS = 72;
const FIRST_PRINTABLE = 0x20;
const PRINTABLES = 95;

/** RFC 864's pattern: lines of 72 of the printable characters, each line beginning one further, until it repeats. */
export const CHARGEN_PATTERN: Buffer = Buffer.concat(
  Array.from({ length: PRINTABLES }, (_, line) => {
    const chars = Array.from({ length: LINE_CHARS }, (_, column) => (line + column) % PRINTABLES);
    return Buffer.from([...chars.map((char) => FIRST_PRINTABLE + char), 0x0d, 0x0a]);
  }),
);
const CHARGEN_LINE_BYTES = LINE_CHARS + 2;

/** Every service that the agent has (RFC 862, 863, 864, 867, 868, and iperf 2). */
export const PEER_SERVICES: readonly PeerService[] = [
  {
    name: 'echo',
    port: 7,
    tlsPort: 2007,
    serve: (connection) => void connection.pipe(connection),
    answer: (datagram) => datagram,
  },
  {
    name: 'discard',
    port: 9,
    tlsPort: 2009,
    serve: endWithPartner,
    answer: () => undefined,
  },
  {
    name: 'daytime',
    port: 13,
    tlsPort: 2013,
    serve: (connection) => tell(connection, daytime()),
    answer: daytime,
  },
  {
    name: 'chargen',
    port: 19,
    tlsPort: 2019,
    serve: generate,
    // One line: on the wire hardly more than the shortest frame that can ask for it, so it is no good for floods.
    answer: () => CHARGEN_PATTERN.subarray(0, CHARGEN_LINE_BYTES),
  },
  {
    name: 'time',
    port: 37,
    serve: (connection) => tell(connection, time()),
    answer: time,
  },
  iperfService(),
];

/** What the partner sends is of no interest; when it ends, so do we. */
function endWithPartner(connection: Duplex): void {
  connection.resume();
  connection.once('end', () => connection.end());
}

function tell(connection: Duplex, text: Uint8Array): void {
  connection.resume();
  connection.end(text);
}

/** One pattern is under way at most, and others get their turn after each: a fast reader must not hold up the agent. */
function generate(connection: Duplex): void {
  endWithPartner(connection);
  const more = (): void => {
    if (connection.writable) connection.write(CHARGEN_PATTERN, () => setImmediate(more));
  };
  more();
}

function daytime(): Buffer {
  return Buffer.from(`${new Date().toUTCString()}\r\n`, 'latin1');
}

function time(): Buffer {
  const bytes = Buffer.alloc(4);
  // In 2036 the 32 bits begin anew, as the RFC has it.
  bytes.writeUInt32BE((Math.floor(Date.now() / 1000) + SECONDS_1900_TO_1970) % 2 ** 32);
  return bytes;
}
