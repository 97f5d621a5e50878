import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawHttp } from './support/raw-http.js';
import { ask } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  const timeouts = { headersMs: 200, requestMs: 400, idleMs: 300, checkMs: 50 };
  farm = await startFarm({ timeouts });
});
afterAll(() => farm.close());

describe('a client that takes its time', () => {
  it('is hung up on when its headers never end', async () => {
    const raw = await RawHttp.open(farm.port);
    raw.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const drip = setInterval(() => raw.socket.write('x'), 20);
    const answer = await raw.rest();
    clearInterval(drip);
    expect(answer.slice(9, 12)).toBe('408');
  });

  it('is hung up on when its body drips', async () => {
    const raw = await RawHttp.open(farm.port);
    raw.socket.write(
      'POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\n' +
        `Authorization: Bearer ${farm.secrets.submitter}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    const drip = setInterval(() => raw.socket.write(' '), 20);
    await raw.closed;
    clearInterval(drip);
    expect(farm.heard.submitted).toEqual([]);
  });

  it('is hung up on when it sends nothing at all', async () => {
    const raw = await RawHttp.open(farm.port);
    await raw.closed;
    expect((await ask(farm, '/healthz')).status).toBe(200);
  });
});

describe('closing', () => {
  it('cuts what does not end by itself, and frees the port', async () => {
    const other = await startFarm();
    const raw = await RawHttp.open(other.port);
    raw.socket.write('POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\n');
    await other.close();
    await raw.closed;
    await expect(fetch(`${other.base}/healthz`)).rejects.toThrow();
  });
});
