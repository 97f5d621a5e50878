import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { proxyTo } from '../../e2e/src/plain-proxy.js';
import { startCli } from './support/call-cli.js';
import { dir, fake, put } from './support/cli-bench.js';
import { runView } from './support/views.js';

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
