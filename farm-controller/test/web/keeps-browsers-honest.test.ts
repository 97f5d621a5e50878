import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { RawHttp } from './support/raw-http.js';
import { ask } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

let farm: TestFarm;
let open: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
  open = await startFarm({ anonymous: true, hostNames: ['rack.example'] });
});
afterAll(async () => {
  await farm.close();
  await open.close();
});

async function statusFor(at: TestFarm, ...lines: string[]): Promise<string> {
  const raw = await RawHttp.open(at.port);
  raw.send(...lines, 'Connection: close');
  return (await raw.rest()).slice(9, 12);
}

describe('headers', () => {
  it('keep pages from being framed, sniffed or fed from elsewhere', async () => {
    const { headers } = await ask(farm, '/healthz');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('with anonymous viewing', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', 'rack.example', 'RACK.example', 'localhost:8080'])(
    'answers to the host name %s',
    async (host) => {
      expect(await statusFor(open, 'GET /api/v1/whoami HTTP/1.1', `Host: ${host}`)).toBe('200');
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '', 'a:b:c'])(
    'refuses the host name %j, which a page may have pointed at us',
    async (host) => {
      expect(await statusFor(open, 'GET /api/v1/whoami HTTP/1.1', `Host: ${host}`)).toBe('403');
    },
  );
});

/** What becomes of a watcher that comes by that name. */
async function enters(at: TestFarm, host: string, token?: string): Promise<string> {
  const socket = io(`${at.base}/live`, {
    ...{ transports: ['websocket'], multiplex: false, reconnection: false },
    ...{ extraHeaders: { host }, auth: { token } },
  });
  const entered = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('in'));
    socket.once('connect_error', (error) => resolve(error.message));
  });
  socket.disconnect();
  return entered;
}

describe('with anonymous viewing and open metrics', () => {
  let bare: TestFarm;
  beforeAll(async () => {
    bare = await startFarm({ anonymous: true, openMetrics: true });
  });
  afterAll(() => bare.close());

  it('refuses everything to who shows no token and comes by the host name of another', async () => {
    for (const { method, path } of bare.http.routes) {
      const line = `${method.toUpperCase()} ${path} HTTP/1.1`;
      expect([path, await statusFor(bare, line, 'Host: evil.example')]).toEqual([path, '403']);
    }
  });

  it('lets no watcher in who shows no token and comes by the host name of another', async () => {
    expect(await enters(bare, 'evil.example')).toContain('GREENRACK_HOST_NAMES');
    expect(await enters(bare, 'localhost')).toBe('in');
  });
});

describe('with tokens only', () => {
  it('answers nothing under the host names of others to who shows no token', async () => {
    for (const { method, path, role } of farm.http.routes) {
      const line = `${method.toUpperCase()} ${path} HTTP/1.1`;
      const status = role === 'none' ? '403' : '401';
      expect([path, await statusFor(farm, line, 'Host: evil.example')]).toEqual([path, status]);
    }
  });

  it('answers who shows a token by whatever name, and nobody for a wrong one', async () => {
    const whoami = ['GET /api/v1/whoami HTTP/1.1', 'Host: rack.example'];
    const bearer = (secret: string) => `Authorization: Bearer ${secret}`;
    expect(await statusFor(farm, ...whoami, bearer(farm.secrets.viewer))).toBe('200');
    expect(await statusFor(farm, ...whoami, bearer('wrong'))).toBe('401');
    expect(await statusFor(open, ...whoami, bearer('wrong'))).toBe('401');
    const health = ['GET /healthz HTTP/1.1', 'Host: evil.example', bearer('made-up')];
    expect(await statusFor(farm, ...health)).toBe('403');
  });

  it('lets a socket with a token in by whatever name', async () => {
    expect(await enters(farm, 'evil.example', farm.secrets.viewer)).toBe('in');
    expect(await enters(open, 'evil.example', open.secrets.viewer)).toBe('in');
  });

  it('answers under each of its addresses, which no page can point elsewhere', async () => {
    for (const host of ['192.0.2.7:8080', '[2001:db8::1]:8080', hostname(), `${hostname()}.local`])
      expect(await statusFor(farm, 'GET /api/v1/whoami HTTP/1.1', `Host: ${host}`)).toBe('401');
  });
});

describe('requests that another site makes a browser send', () => {
  it('are refused when they change something', async () => {
    const headers = { origin: 'https://evil.example' };
    const how = { method: 'POST', as: 'submitter' as const, headers };
    expect((await ask(open, '/api/v1/submissions', how)).status).toBe(403);
    const sandboxed = { ...how, headers: { origin: 'null' } };
    expect((await ask(open, '/api/v1/submissions', sandboxed)).status).toBe(403);
    const own = { ...how, headers: { origin: open.base } };
    expect((await ask(open, '/api/v1/submissions', own)).status).toBe(415);
  });

  const handshake = async (origin: string) => {
    const raw = await RawHttp.open(open.port);
    raw.send(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      `Origin: ${origin}`,
    );
    const answer = await raw.until('\r\n\r\n');
    raw.socket.destroy();
    return answer;
  };

  it.each(['https://evil.example', 'null'])(
    'are refused as a WebSocket from %s',
    async (origin) => {
      const answer = await handshake(origin);
      expect(answer).not.toContain('101');
      expect(answer).toContain('is another site than');
    },
  );

  it('are let through as a WebSocket from our own page', async () => {
    expect(await handshake('http://localhost')).toContain('101 Switching Protocols');
  });
});
