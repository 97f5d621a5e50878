import { randomBytes } from 'node:crypto';
import { RawHttp } from './raw-http.js';

const TEXT = 0x81;
const BINARY = 0x82;

/** A WebSocket to socket.io that is spoken by hand, for frames that no honest client would send. */
export class RawSocket {
  readonly raw: RawHttp;

  private constructor(raw: RawHttp) {
    this.raw = raw;
  }

  /** Rejects with the answer when the handshake is refused. */
  static async open(port: number): Promise<RawSocket> {
    const raw = await RawHttp.open(port);
    raw.send(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    );
    const answer = await raw.until('\r\n\r\n');
    if (!answer.includes(' 101 ')) throw new Error(answer);
    return new RawSocket(raw);
  }

  text(message: string): void {
    this.#frame(TEXT, Buffer.from(message));
  }

  binary(bytes: Uint8Array): void {
    this.#frame(BINARY, bytes);
  }

  /** A mask of zeros leaves the bytes as they are. */
  #frame(head: number, bytes: Uint8Array): void {
    const start = Buffer.alloc(14);
    start[0] = head;
    start[1] = 0x80 | 127;
    start.writeBigUInt64BE(BigInt(bytes.byteLength), 2);
    this.raw.socket.write(start);
    this.raw.socket.write(bytes);
  }
}
