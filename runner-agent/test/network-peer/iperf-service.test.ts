import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { NetworkPeers } from '../../src/network-peer/network-peers.js';
import { asked, connected, received } from '../support/peer-clients.js';

const peers = new NetworkPeers({
  ...{ host: '127.0.0.1', onStandardPorts: false },
  log: pino({ level: 'silent' }),
});
const at = { tcp: 0, udp: 0 };
beforeAll(async () => {
  for (const { protocol, port, hostPort } of await peers.ports())
    if (port === 5001) at[protocol] = hostPort;
});
afterAll(async () => await peers.close());

/** Settings of a TCP test; reversed ones carry the extension. */
function settings(amount: number, isReverse: boolean): Buffer {
  const bytes = Buffer.alloc(isReverse ? 60 : 24);
  bytes.writeInt32BE(amount, 20);
  if (isReverse) bytes.writeUInt32BE(0x4000_0000, 0);
  if (isReverse) bytes.writeUInt32BE(8, 32);
  return bytes;
}

function datagram(number: number, bytes = 1470): Buffer {
  const datagram = Buffer.alloc(bytes);
  datagram.writeInt32BE(number, 0);
  return datagram;
}

describe('the iperf peer', () => {
  it('takes what a client sends and says nothing', async () => {
    const socket = await connected(at.tcp);
    socket.end(Buffer.concat([settings(300_000, false), Buffer.alloc(300_000 - 24)]));
    expect(await received(socket)).toHaveLength(0);
  });

  it('sends as much as a reversed test asks for, however its settings arrive', async () => {
    const socket = await connected(at.tcp);
    const head = settings(200_000, true);
    socket.write(head.subarray(0, 30));
    setImmediate(() => socket.write(head.subarray(30)));
    const bytes = await received(socket);
    expect(bytes).toHaveLength(200_000);
    expect(bytes.subarray(0, 12).toString()).toBe('012345678901');
    socket.destroy();
  });

  it.each([-1000, 0])('sends nothing for the amount %d', async (amount) => {
    const socket = await connected(at.tcp);
    socket.end(settings(amount, true));
    expect(await received(socket)).toHaveLength(0);
  });

  it('reports what of a client has arrived, and again when it is asked again', async () => {
    const [report] = await asked(
      at.udp,
      [1, 2, 5, 4, -6].map((n) => datagram(n)),
      {
        answers: 1,
      },
    );
    expect(report?.readInt32BE(0)).toBe(-6);
    expect(report?.readUInt32BE(16)).toBe(0x8000_0000);
    expect(report?.readBigUInt64BE(20)).toBe(4n * 1470n);
    // Of 3 and 4 one came late.
    const [lost, outOfOrder, datagrams] = [36, 40, 44].map((place) => report?.readUInt32BE(place));
    expect({ lost, outOfOrder, datagrams }).toEqual({ lost: 1, outOfOrder: 1, datagrams: 4 });
    expect(report).toHaveLength(56);
  });

  it('answers no question that is shorter than the answer, or of a client that it does not know', async () => {
    const echoes = await asked(at.udp, [datagram(1), datagram(-2, 40), datagram(-2)], {
      answers: 1,
    });
    expect(echoes).toHaveLength(1);
    const [known] = await asked(at.udp, [datagram(-2), datagram(1), datagram(-2)], { answers: 1 });
    expect(known?.readUInt32BE(44)).toBe(1);
  });
});
