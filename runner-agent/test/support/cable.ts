import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameSplitter, withLength } from '../../src/ethernet/frame-stream.js';

/** Two connected Unix sockets, as an emulator and its parent have them. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-cable-'));
  const server = createServer();
  try {
    server.listen(join(dir, 'socket'));
    await once(server, 'listening');
    const near = connect(join(dir, 'socket'));
    const [far] = (await once(server, 'connection')) as [Socket];
    return [near, far];
  } finally {
    server.close();
    rmSync(dir, { recursive: true });
  }
}

/** One end of a cable, with what came out of it. */
export class CableEnd {
  readonly frames: Buffer[] = [];
  readonly socket: Socket;
  #heard: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new FrameSplitter();
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.frames.push(...splitter.push(bytes));
      this.#heard?.();
    });
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames.map(withLength)));
  }

  /** The first frame for which `wanted` answers true; waits for it, as long as the test may last. */
  async frame(wanted: (frame: Buffer) => boolean = () => true): Promise<Buffer> {
    for (;;) {
      const found = this.frames.find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}
