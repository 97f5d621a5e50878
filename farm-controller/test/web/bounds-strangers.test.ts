import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { affordableConnections, connectionLimits } from '../../src/web/connection-limits.js';
import { RawHttp } from './support/raw-http.js';
import { RawSocket } from './support/raw-socket.js';
import { ask } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

const limits = connectionLimits(32);
let farm: TestFarm;
beforeAll(async () => {
  const timeouts = { headersMs: 2000, checkMs: 100, proofMs: 500 };
  farm = await startFarm({ timeouts, maxConnections: 32 });
});
afterAll(() => farm.close());

const count = <T>(n: number, make: () => Promise<T>) =>
  Promise.all(Array.from({ length: n }, make));
const connected = (secret: string) => `40/live,${JSON.stringify({ token: secret })}`;

/** Resolves when no more than `left` of the connections are open: that the server hung up is heard some time after. */
async function untilOpen(raws: readonly RawHttp[], left: number): Promise<void> {
  let open = raws.length;
  await new Promise<void>((resolve) => {
    for (const raw of raws)
      void raw.closed.then(() => {
        open -= 1;
        if (open <= left) resolve();
      });
  });
}

describe('strangers', () => {
  it('that say nothing make room for those who come later, so that nobody is locked out', async () => {
    const silent = await count(100, () => RawHttp.open(farm.port));
    expect((await ask(farm, '/api/v1/whoami', { as: 'admin' })).status).toBe(200);
    await untilOpen(silent, limits.strangersPerAddress);
    for (const raw of silent) raw.socket.destroy();
  });

  it('do not push out connections that have shown a token', async () => {
    const held = await RawSocket.open(farm.port);
    held.text(connected(farm.secrets.viewer));
    await held.raw.until('40/live,{"sid"');
    const silent = await count(100, () => RawHttp.open(farm.port));
    held.text('42/live,1["subscribe",{"topic":"farm"}]');
    expect(await held.raw.until('43/live,1')).toContain('43/live,1[{"ok":true}]');
    for (const raw of [held.raw, ...silent]) raw.socket.destroy();
  });

  it('are hung up on when they never say a word', async () => {
    const raw = await RawHttp.open(farm.port);
    expect((await raw.rest()).slice(9, 12)).toBe('408');
  });

  it('are counted as shed in the metrics', async () => {
    const silent = await count(2 * limits.strangers, () => RawHttp.open(farm.port));
    const page = await (await ask(farm, '/metrics', { as: 'viewer' })).text();
    expect(Number(page.match(/^greenrack_connections_shed_total (\d+)/m)?.[1])).toBeGreaterThan(0);
    for (const raw of silent) raw.socket.destroy();
  });
});

describe('a token', () => {
  it('has its share of the safe places; beyond it connections are open to being closed', async () => {
    const mine = await count(limits.perToken + 2, async () => {
      const held = await RawSocket.open(farm.port);
      held.text(connected(farm.secrets.viewer));
      await held.raw.until('40/live,{"sid"');
      return held;
    });
    const silent = await count(100, () => RawHttp.open(farm.port));
    expect((await ask(farm, '/api/v1/whoami', { as: 'admin' })).status).toBe(200);
    const held = mine.map(({ raw }) => raw);
    await untilOpen(held, limits.perToken);
    expect((await ask(farm, '/api/v1/whoami', { as: 'admin' })).status).toBe(200);
    expect(held.filter(({ socket }) => !socket.closed).length).toBe(limits.perToken);
    for (const raw of [...mine.map((held) => held.raw), ...silent]) raw.socket.destroy();
  });
});

describe('a socket before its token is known', () => {
  it.each([
    ['a large text', (socket: RawSocket) => socket.text(`40/live,${'x'.repeat(20_000)}`)],
    ['a large attachment', (socket: RawSocket) => socket.binary(Buffer.alloc(20_000))],
    [
      'small ones without end',
      (socket: RawSocket) => {
        socket.text('451-/live,["x",{"_placeholder":true,"num":0}]');
        for (let i = 0; i < 40; i++) socket.binary(Buffer.alloc(1000));
      },
    ],
  ])('is closed when it sends %s', async (_what, send) => {
    const socket = await RawSocket.open(farm.port);
    send(socket);
    await socket.raw.closed;
  });

  it('is closed when it brings none in time, also where nobody asks for one', async () => {
    for (const hello of ['', '40', '40/live,{"token":"wrong"}']) {
      const socket = await RawSocket.open(farm.port);
      if (hello !== '') socket.text(hello);
      await socket.raw.closed;
    }
  });

  it('stays when it brings one, and may send no more at a time than a watcher needs', async () => {
    const socket = await RawSocket.open(farm.port);
    socket.text(connected(farm.secrets.viewer));
    await socket.raw.until('40/live,{"sid"');
    for (let i = 0; i < 100; i++)
      socket.text(`42/live,["subscribe",${JSON.stringify('x'.repeat(1000))}]`);
    socket.text('42/live,7["subscribe",{"topic":"farm"}]');
    expect(await socket.raw.until('43/live,7')).toContain('43/live,7[{"ok":true}]');
    socket.text(`42/live,${'x'.repeat(20_000)}`);
    await socket.raw.closed;
  });

  it('is one of a few of its address, whatever proxy it comes through', async () => {
    const proxied = await startFarm({ maxConnections: 32, trustedProxies: ['127.0.0.1'] });
    const open = await count(limits.strangersPerAddress, () => RawSocket.open(proxied.port));
    await expect(RawSocket.open(proxied.port)).rejects.toThrow('not shown a token yet');
    open[0]?.text(connected(proxied.secrets.viewer));
    await open[0]?.raw.until('40/live,{"sid"');
    const next = await RawSocket.open(proxied.port);
    for (const { raw } of [...open, next]) raw.socket.destroy();
    await proxied.close();
  });
});

describe('a request', () => {
  it('with a body that nobody asked for is answered and hung up on', async () => {
    const raw = await RawHttp.open(farm.port);
    raw.send('GET /healthz HTTP/1.1', 'Host: localhost', 'Content-Length: 100000000');
    expect(await raw.rest()).toContain('HTTP/1.1 200');
  });

  it('that is one of many sent ahead ends the connection instead of piling up answers', async () => {
    const raw = await RawHttp.open(farm.port);
    raw.socket.write('GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000));
    expect((await raw.rest()).split('HTTP/1.1 200').length - 1).toBeLessThanOrEqual(8);
  });
});

describe('what can be afforded', () => {
  it.each([
    [300, 200],
    [1024, 768],
    [20_000, 4000],
    [64, 32],
    [Number.MAX_SAFE_INTEGER, 4000],
  ])('with %d open files is %d connections', (openFiles, connections) => {
    expect(affordableConnections(openFiles)).toBe(connections);
  });

  it('is shared out without a rest', () => {
    const { strangers, people, staff } = connectionLimits(203);
    expect(strangers + people + staff).toBe(203);
  });
});
