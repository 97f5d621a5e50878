import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import type { Flood } from './console-floods.js';

/** Says what st-flash says, and flashes nothing. */
const STAND_IN = '#!/bin/sh\necho "Flash written and verified! jolly good!"\n';
const SYNC = /\{\{__sync;([^}]+)\}\}/;

/** A board on a network console that answers the handshake and then prints one text as fast as it is taken. */
export class FloodingBoard {
  flood: Flood | undefined;
  readonly #server: Server;
  readonly #tool: string;

  private constructor(server: Server, tool: string) {
    this.#server = server;
    this.#tool = tool;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** @param dir for the stand-in of the flash tool */
  static async start(dir: string): Promise<FloodingBoard> {
    const tool = join(dir, 'st-flash');
    writeFileSync(tool, STAND_IN);
    chmodSync(tool, 0o755);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FloodingBoard(server, tool);
  }

  spec(): BoardSpec {
    const { port } = this.#server.address() as AddressInfo;
    const flasher = { kind: 'st-flash', probe: 'F100D', executable: this.#tool };
    const console = { kind: 'network', host: '127.0.0.1', tcpPort: port, protocol: 'raw' };
    return {
      serial: 'flooding-01',
      target: 'FVP_MPS2_M3',
      model: 'flooding',
      tags: [],
      fixtures: [],
      wiring: {
        driver: 'usb',
        params: { console, flasher, reset: { kind: 'flasher' }, bootMs: 0 },
      },
    };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    const { flood } = this;
    // The agent hangs up when the run is over, in the middle of what is printed.
    socket.on('error', () => socket.destroy());
    let heard = '';
    let isFlooding = false;
    socket.on('data', (bytes) => {
      if (!flood || isFlooding) return;
      heard = (heard + bytes.toString('latin1')).slice(-4096);
      const uuid = SYNC.exec(heard)?.[1];
      if (uuid === undefined) return;
      isFlooding = true;
      socket.write(`{{__sync;${uuid}}}\r\n{{__version;1.3.0}}\r\n{{__timeout;600}}\r\n`);
      socket.write(`{{__host_test_name;${flood.hostTest ?? 'default_auto'}}}\r\n`);
      print(socket, flood);
    });
    if (flood?.compareLog) print(socket, flood);
  }
}

/** Prints until the agent hangs up. */
function print(socket: Socket, { block }: Flood): void {
  let number = 0;
  const more = (): void => {
    while (!socket.destroyed && socket.write(block(number++)));
  };
  socket.on('drain', more);
  more();
}
