import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that speaks HTTP by hand, for requests that no honest client would make. */
export class RawHttp {
  readonly socket: Socket;
  #received = '';
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
    });
    // A reset is one way for the server to hang up.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(port: number): Promise<RawHttp> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawHttp(socket);
  }

  send(...lines: string[]): void {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Resolves with everything received, once it contains `text` or the connection is closed. */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text) && !this.socket.closed)
      await Promise.race([new Promise((more) => this.socket.once('data', more)), this.closed]);
    return this.#received;
  }

  async rest(): Promise<string> {
    await this.closed;
    return this.#received;
  }
}
