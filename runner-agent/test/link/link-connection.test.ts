import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { LinkConnection } from '../../src/link/link-connection.js';

it('a link that a proxy does not let through says what the proxy lacks', async () => {
  const proxy = createServer((_request, response) => response.writeHead(400).end());
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const said = new PassThrough({ encoding: 'utf8' });
  const link = new LinkConnection({
    urls: [`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`],
    token: 'grk_any',
    log: pino({ level: 'warn' }, said),
    opening: () => undefined,
    connected: () => undefined,
    ended: () => undefined,
  });
  link.open();
  const [line] = await once(said, 'data');
  link.close();
  proxy.closeAllConnections();
  proxy.close();
  expect(JSON.parse(String(line))).toMatchObject({
    msg: expect.stringMatching(
      /a WebSocket was answered with HTTP 400\. A proxy on the way has to pass the headers Upgrade and Connection on$/,
    ),
  });
});
