import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection to a peer. */
export async function connected(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The first `bytes` bytes of a connection, or all until its end. */
export async function received(socket: Socket, bytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let count = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    count += (chunk as Buffer).length;
    if (count >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

/** What a peer answers to some datagrams from one socket: an answer to each, or so many. */
export async function asked(
  port: number,
  datagrams: readonly (string | Uint8Array)[],
  { host = '127.0.0.1', from = 0, answers: wanted = datagrams.length } = {},
): Promise<Buffer[]> {
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.bind(from, host);
  await once(socket, 'listening');
  try {
    const all = new Promise<void>((resolve) => {
      socket.on('message', (answer) => {
        answers.push(answer);
        if (answers.length === wanted) resolve();
      });
    });
    for (const datagram of datagrams) socket.send(datagram, port, host);
    await all;
    return answers;
  } finally {
    socket.close();
  }
}
