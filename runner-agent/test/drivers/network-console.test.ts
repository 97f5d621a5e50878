import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { PortServerEmulator } from '../../../e2e/src/emulators/port-server-emulator.js';
import { maker } from '../../src/drivers/console/network-console.js';
import { TelnetReader } from '../../src/drivers/console/telnet-stream.js';
import { maker as breakReset } from '../../src/drivers/reset/break-reset.js';
import { boardSpec } from '../support/assignments.js';
import { CollectingListener } from '../support/console-listener.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;

let server: PortServerEmulator;
let port: number;
beforeEach(async () => {
  server = new PortServerEmulator();
  port = await server.listen();
});
afterEach(() => server.close());

function make(params: Record<string, unknown> = {}) {
  const context = { where: 'board b: console', board: boardSpec('b'), workDir: '/nonexistent' };
  return maker.create({ host: '127.0.0.1', tcpPort: port, baudRate: 115_200, ...params }, context);
}

describe('a console of another machine', () => {
  it('sets the speed and passes every byte both ways', async () => {
    const [console, listener] = [make(), new CollectingListener()];
    await console.open(listener, wanted);
    expect(server.log).toEqual(['\xff\xfa\x2c\x01\x00\x01\xc2\x00\xff\xf0']);
    await console.write(Uint8Array.of(1, 255, 2));
    server.client?.write(Buffer.from([65, 255]));
    server.client?.write(Buffer.from([255, 66, 255, 241, 67]));
    await listener.until(() => listener.text.length === 4);
    expect(listener.text).toBe('A\xffBC');
    const client = server.client as Socket;
    await console.close();
    await once(client, 'close');
    expect(server.heard.subarray(-4)).toEqual(Buffer.from([1, 255, 255, 2]));
  });

  it('resets the board by a break', async () => {
    const console = make();
    const context = { where: 'reset', board: boardSpec('b'), workDir: '', console };
    const reset = breakReset.create({ breakMs: 20 }, context);
    await console.open(new CollectingListener(), wanted);
    await reset.reset(wanted);
    expect(server.log.slice(1)).toEqual([
      '\xff\xfa\x2c\x05\x05\xff\xf0',
      '\xff\xfa\x2c\x05\x06\xff\xf0',
    ]);
    await console.close();
  });

  it('passes a long burst in pieces, and others have their turn between them', async () => {
    let turn = 0;
    const turns: number[] = [];
    const pieces: Uint8Array[] = [];
    const data = (bytes: Uint8Array) => {
      turns.push(turn);
      pieces.push(bytes);
    };
    const burst = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, i) => i % 251));
    let next = setImmediate(function pass() {
      turn++;
      next = setImmediate(pass);
    });
    const console = make({ protocol: 'raw' });
    const lost = new Promise<void>((resolve) => {
      void console
        .open({ data, lost: () => resolve() }, wanted)
        .then(() => server.client?.end(burst));
    });
    await lost;
    clearImmediate(next);
    expect(Buffer.concat(pieces).equals(burst)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(4096);
    expect(new Set(turns).size).toBe(turns.length);
  });

  it('says so when the port cannot be set to the speed', async () => {
    server.baud = 9600;
    await expect(make().open(new CollectingListener(), wanted)).rejects.toThrow(
      /9600 baud, not at 115200/,
    );
  });

  it('names the other protocol when the server does not speak this one', async () => {
    server.refuses = true;
    await expect(make().open(new CollectingListener(), wanted)).rejects.toThrow(/protocol: telnet/);
  });

  it('passes bytes as they are when it is raw, and sends no break', async () => {
    const [console, listener] = [make({ protocol: 'raw' }), new CollectingListener()];
    await console.open(listener, wanted);
    const context = { where: 'reset', board: boardSpec('b'), workDir: '', console };
    await expect(breakReset.create({}, context).reset(wanted)).rejects.toThrow(/use rfc2217/);
    await console.write(Uint8Array.of(255, 1));
    const client = server.client as Socket;
    await console.close();
    await once(client, 'close');
    expect([...server.heard]).toEqual([255, 1]);
  });

  it('lets others have their turn between the pieces of a flood', async () => {
    const console = make({ protocol: 'raw' });
    const turns: number[] = [];
    let turn = 0;
    let bytes = 0;
    const counting = (): void => {
      turn++;
      if (bytes < 2_000_000) setImmediate(counting);
    };
    const all = new Promise<void>((resolve) => {
      const data = (piece: Uint8Array): void => {
        turns.push(turn);
        bytes += piece.length;
        if (bytes === 2_000_000) resolve();
      };
      const lost = () => undefined;
      void console.open({ data, lost }, wanted).then(() => {
        counting();
        (server.client as Socket).write(Buffer.alloc(2_000_000, 'x'));
      });
    });
    await all;
    expect(turns.length).toBeGreaterThan(10);
    expect(new Set(turns).size).toBe(turns.length);
    await console.close();
  });

  it('tells of a server that goes away, once, and takes no bytes any more', async () => {
    const [console, listener] = [make(), new CollectingListener()];
    await console.open(listener, wanted);
    server.client?.destroy();
    await listener.until(() => listener.losses.length > 0);
    expect(listener.losses).toMatchObject([{ reason: 'consoleLost' }]);
    await expect(console.write(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'consoleLost' });
  });

  it('says what to check when nobody listens', async () => {
    server.server.close();
    await expect(make({ tcpPort: 1 }).check(wanted)).rejects.toThrow(/ECONNREFUSED.*server/);
  });

  it('takes telnet apart the same way however it is cut, and never throws', () => {
    const read = (pieces: Uint8Array[]): string => {
      const seen: string[] = [];
      const data: number[] = [];
      const reader = new TelnetReader({
        data: (bytes) => data.push(...bytes),
        option: (verb, option) => seen.push(`${verb} ${option}`),
        subnegotiation: (option, payload) => seen.push(`${option}: ${[...payload]}`),
      });
      for (const piece of pieces) reader.push(piece);
      return JSON.stringify([seen, data]);
    };
    const bytes = fc.uint8Array({ maxLength: 60 });
    const telnet = fc.array(fc.oneof(fc.constantFrom(255, 250, 240, 251, 44), fc.nat(255)));
    fc.assert(
      fc.property(fc.oneof(bytes, telnet.map(Uint8Array.from.bind(Uint8Array))), (all) => {
        const single = [...all].map((byte) => Uint8Array.of(byte));
        expect(read(single)).toBe(read([all]));
      }),
    );
  });
});
