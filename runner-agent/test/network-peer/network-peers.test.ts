import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import type { PeerPort } from '../../src/contracts/network-peer.js';
import { NetworkPeers } from '../../src/network-peer/network-peers.js';
import { PEER_SERVICES } from '../../src/network-peer/peer-services.js';
import { itOnLowPorts, LOW_PORTS } from '../support/low-ports.js';
import { asked, connected, received } from '../support/peer-clients.js';
import { startedWithoutRights } from '../support/unprivileged-peers.js';

const log = pino({ level: 'silent' });
let peers: NetworkPeers;
let ports: readonly PeerPort[];
beforeEach(async () => {
  peers = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, log });
  ports = await peers.ports();
});
afterEach(async () => await peers.close());

function portOf(protocol: PeerPort['protocol'], service: number): number {
  const found = ports.find((peer) => peer.protocol === protocol && peer.port === service);
  if (!found) throw new Error(`no ${protocol} ${service}`);
  return found.hostPort;
}

describe('the peers', () => {
  it('are started once, however many ask', async () => {
    expect(await peers.ports()).toBe(ports);
    expect(ports.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual(
      [7, 9, 13, 19, 37, 5001].flatMap((port) => [`tcp ${port}`, `udp ${port}`]),
    );
  });

  it('echo every byte over TCP, and end when the partner ends', async () => {
    const socket = await connected(portOf('tcp', 7));
    const sent = Buffer.alloc(300_000, 'greenrack');
    socket.end(sent);
    expect((await received(socket)).equals(sent)).toBe(true);
  });

  it('echo datagrams, empty ones too', async () => {
    const answers = await asked(portOf('udp', 7), ['one', '', Buffer.alloc(1400, 'x')]);
    expect(answers.map((answer) => answer.length)).toEqual([3, 0, 1400]);
  });

  it('discard everything', async () => {
    const socket = await connected(portOf('tcp', 9));
    socket.end(Buffer.alloc(300_000));
    expect(await received(socket)).toHaveLength(0);
  });

  it('generate the pattern of RFC 864: lines of 72, each beginning one character further', async () => {
    const socket = await connected(portOf('tcp', 19));
    const lines = (await received(socket, 74 * 200)).toString('latin1').split('\r\n').slice(0, 200);
    socket.destroy();
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([72]));
    expect(lines[0]).toMatch(/^ !"#\$%&'\(\)\*/);
    expect(lines[1]).toBe(`${lines[0]?.slice(1)}h`);
    expect(lines[95]).toBe(lines[0]);
    const [datagram] = await asked(portOf('udp', 19), ['?']);
    expect(datagram?.toString('latin1')).toBe(`${lines[0]}\r\n`);
  });

  it('tell the day and the time, over TCP and UDP', async () => {
    const beforeMs = Date.now() - 1000;
    const days = [
      await received(await connected(portOf('tcp', 13))),
      ...(await asked(portOf('udp', 13), [''])),
    ];
    const times = [
      await received(await connected(portOf('tcp', 37))),
      ...(await asked(portOf('udp', 37), [''])),
    ];
    const told = [
      ...days.map((day) => Date.parse(day.toString('latin1').trim())),
      ...times.map((time) => (time.readUInt32BE(0) - 2_208_988_800) * 1000),
    ];
    expect(told).toHaveLength(4);
    for (const ms of told) {
      expect(ms).toBeGreaterThanOrEqual(beforeMs);
      expect(ms).toBeLessThanOrEqual(Date.now());
    }
  });

  itOnLowPorts(
    `answer no datagram that comes from a service, so that two of them never talk for ever${LOW_PORTS}`,
    async () => {
      const echo = portOf('udp', 7);
      const service = createSocket('udp4');
      const client = createSocket('udp4');
      let heard = 0;
      service.on('message', () => heard++);
      try {
        service.bind(37, '127.99.37.1');
        await once(service, 'listening');
        service.send('ping', echo, '127.0.0.1');
        // The echo answers in order: what comes after the silent one proves that it was silent.
        client.bind(0, '127.0.0.1');
        await once(client, 'listening');
        client.send('pong', echo, '127.0.0.1');
        await once(client, 'message');
        service.send('over', (service.address() as { port: number }).port, '127.99.37.1');
        await once(service, 'message');
        expect(heard).toBe(1);
      } finally {
        service.close();
        client.close();
      }
    },
  );

  it('hold no more than one pattern for a reader that does not read', async () => {
    const stuck = new Duplex({ read: () => undefined, write: () => undefined });
    PEER_SERVICES.find(({ name }) => name === 'chargen')?.serve(stuck);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(stuck.writableLength).toBe(95 * 74);
  });

  it('go on for others while one does not read', async () => {
    const lazy = await connected(portOf('tcp', 19));
    lazy.pause();
    const eager = await connected(portOf('tcp', 19));
    expect(await received(eager, 20_000_000)).toHaveLength(20_000_000);
    eager.destroy();
    lazy.destroy();
  });

  it('do not wait without end for a partner that does not end', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const socket = connect({ port: portOf('tcp', 13), host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'end');
      // It is taken and thrown away, as before the end.
      await new Promise((resolve) => socket.write('still here', resolve));
      expect(jest.getTimerCount()).toBeGreaterThan(0);
      jest.advanceTimersByTime(10_000);
      // The next bytes find nobody there.
      const cut = new Promise((resolve) => socket.once('close', resolve));
      socket.write('and now?');
      await cut;
    } finally {
      jest.useRealTimers();
    }
  });

  it('cut every connection when they are closed', async () => {
    const socket = await connected(portOf('tcp', 7));
    const closed = once(socket, 'close');
    socket.resume();
    await peers.close();
    await closed;
  });
});

describe('peers on the standard ports', () => {
  const host = '127.99.7.1';

  itOnLowPorts(`are where boards look for them${LOW_PORTS}`, async () => {
    const lab = new NetworkPeers({ host, onStandardPorts: true, log });
    try {
      expect((await lab.ports()).every(({ port, hostPort }) => port === hostPort)).toBe(true);
      expect((await asked(7, ['hello'], { host }))[0]?.toString()).toBe('hello');
    } finally {
      await lab.close();
    }
  });

  it('say which right is missing', async () => {
    const { code, stderr } = await startedWithoutRights(host);
    expect(code).toBe(1);
    expect(stderr).toMatch(/127\.99\.7\.1 TCP port 7: .*CAP_NET_BIND_SERVICE/);
  });

  itOnLowPorts.each([
    [
      'is taken',
      'TCP',
      host,
      /network peers: 127\.99\.7\.1 TCP port 13: another program has it.*ss -lnp/,
    ],
    [
      'is of no interface',
      'none',
      '192.0.2.1',
      /192\.0\.2\.1 TCP port 7: no interface.*GREENRACK_NETWORK_PEERS/,
    ],
  ])(`say what to do when an address %s${LOW_PORTS}`, async (_, taken, address, message) => {
    const other = createServer();
    if (taken === 'TCP') other.listen(13, host);
    if (taken === 'TCP') await once(other, 'listening');
    const lab = new NetworkPeers({ host: address, onStandardPorts: true, log });
    try {
      await expect(lab.ports()).rejects.toThrow(message);
      // The ports that it had by then are free again.
      const echo = createServer().listen(7, host);
      await once(echo, 'listening');
      echo.close();
    } finally {
      await lab.close();
      other.close();
    }
  });
});
