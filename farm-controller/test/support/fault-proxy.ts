import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy whose connections can be made to stall or to break off after so many bytes of an answer. */
export class FaultProxy {
  readonly #server = createServer((client) => this.#serve(client));
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  /** Bytes of answers that come through from now on; then the connection is cut, or stalls. */
  allowance = Number.POSITIVE_INFINITY;
  afterwards: 'cut' | 'stall' = 'cut';

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const upstream = connect(this.#target, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (data: Buffer) => {
      const through = data.subarray(0, Math.max(0, this.allowance));
      this.allowance -= through.length;
      if (through.length > 0) client.write(through);
      if (through.length < data.length && this.afterwards === 'cut') client.destroy();
    });
  }
}
