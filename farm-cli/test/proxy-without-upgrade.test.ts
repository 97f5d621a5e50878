import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startCli } from './support/call-cli.js';
import { dir, fake, put } from './support/cli-bench.js';
import { runView } from './support/views.js';

/** Passes requests on without the headers that are for one hop, as a proxy does that nobody has told of WebSockets. */
function proxyTo(url: string): Server {
  const proxy = createServer((incoming, response) => {
    const { connection: _, upgrade: __, ...headers } = incoming.headers;
    const { method = 'GET' } = incoming;
    const onward = request(new URL(incoming.url ?? '/', url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  // Without an `upgrade` listener Node.js treats the handshake as the plain request that it then is.
  return proxy.listen(0, '127.0.0.1');
}

let proxy: Server;
let url: string;
beforeEach(async () => {
  proxy = proxyTo(fake.url);
  await once(proxy, 'listening');
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => {
  proxy.closeAllConnections();
  proxy.close();
});

describe('behind a proxy that passes no WebSocket', () => {
  it('submit says so, and still ends with the verdict', async () => {
    fake.runs = [runView(0, { boardSerial: 'b-1' })];
    const call = startCli(['submit', put('K64F/a.elf')], { cwd: dir.path, url });
    await call.shows('asking the farm instead');
    fake.finish(0, 'pass');
    expect(await call.exitCode).toBe(0);
    expect(call.err()).toContain('answered with HTTP 400. A proxy on the way');
    expect(call.out()).toContain('1 run: 1 pass');
  });

  it('watch of the whole farm says what is missing, and ends', async () => {
    const call = startCli(['watch'], { cwd: dir.path, url });
    expect(await call.exitCode).toBe(3);
    expect(call.err()).toContain('has to pass the headers Upgrade and Connection on');
  });
});
