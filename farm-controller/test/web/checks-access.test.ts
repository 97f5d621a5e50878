import { FarmError, ROLES, type Role, whoamiSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { secretHash } from '../../src/auth/token-secret.js';
import { AuthThrottle } from '../../src/web/auth-throttle.js';
import { bearerOf, roleCovers } from '../../src/web/principal.js';
import { ask, askFor, problemOf } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

const limits = { failures: 3, windowMs: 60_000 };
let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm({ throttle: limits });
});
afterAll(() => farm.close());

/** A path of the route's shape that passes no validation: only access is under test. */
const pathOf = (path: string) => path.replace(/:\w+/g, '!');

describe('access', () => {
  it('is refused without a token on every route that asks for a role', async () => {
    for (const route of farm.http.routes.filter((r) => r.role !== 'none')) {
      const response = await ask(farm, pathOf(route.path), { method: route.method.toUpperCase() });
      expect([route.path, response.status]).toEqual([route.path, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await problemOf(response);
    }
  });

  it('is refused below the role that a route asks for, on every route', async () => {
    for (const route of farm.http.routes)
      for (const role of [...ROLES, 'agent'] as Role[]) {
        if (route.role === 'none' || (role === 'agent' && route.agents)) continue;
        if (roleCovers(role, route.role)) continue;
        const how = { method: route.method.toUpperCase(), as: role };
        const response = await ask(farm, pathOf(route.path), how);
        expect([route.path, role, response.status]).toEqual([route.path, role, 403]);
        await response.arrayBuffer();
      }
  });

  it('says whose token it is', async () => {
    const who = await askFor(whoamiSchema, farm, { path: '/api/v1/whoami', as: 'operator' });
    expect(who).toEqual({ name: 'a-operator', role: 'operator', tenant: 'default' });
    const agent = await askFor(whoamiSchema, farm, { path: '/api/v1/whoami', as: 'agent' });
    expect(agent.role).toBe('agent');
  });

  it('is throttled for an address that keeps sending wrong tokens, not for right ones', async () => {
    await ask(farm, '/api/v1/whoami', { as: 'viewer' });
    for (let i = 0; i < limits.failures; i++) {
      const refused = await ask(farm, '/api/v1/whoami', { secret: `wrong-${i}` });
      expect(refused.status).toBe(401);
    }
    const response = await ask(farm, '/api/v1/whoami', { secret: 'wrong-again' });
    expect((await problemOf(response)).code).toBe('too_many_requests');
    const retryAfter = Number(response.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    const known = await ask(farm, '/api/v1/whoami', { as: 'viewer' });
    expect(known.status).toBe(200);
  });

  it('counts against the client that a trusted proxy names, and believes nobody else', async () => {
    const proxied = await startFarm({ throttle: limits, trustedProxies: ['127.0.0.0/8'] });
    const status = async (at: TestFarm, from: string, secret: string) => {
      const headers = { 'x-forwarded-for': from };
      return (await ask(at, '/api/v1/whoami', { secret, headers })).status;
    };
    const fail = async (at: TestFarm, from: string) => {
      for (let i = 0; i < limits.failures; i++) await status(at, from, `${i}-wrong`);
    };
    await fail(proxied, '192.0.2.1, 198.51.100.7');
    expect(await status(proxied, '203.0.113.9, 198.51.100.7', 'another')).toBe(429);
    expect(await status(proxied, '192.0.2.1', 'another')).toBe(401);
    expect(await status(proxied, '198.51.100.7', proxied.secrets.operator)).toBe(429);
    await proxied.close();
    const direct = await startFarm({ throttle: limits });
    await fail(direct, '192.0.2.1');
    expect(await status(direct, '192.0.2.2', 'another')).toBe(429);
    await direct.close();
  });
});

describe('the throttle', () => {
  const wrong = async () => {
    throw new FarmError('unauthorized', 'no');
  };

  it('lets an address try again after its window', async () => {
    let nowMs = 0;
    const throttle = new AuthThrottle(wrong, { failures: 1, windowMs: 1000 }, () => nowMs);
    const attempt = () => throttle.authenticate('x', '10.0.0.1').catch((e: FarmError) => e.code);
    expect(await attempt()).toBe('unauthorized');
    expect(await attempt()).toBe('too_many_requests');
    nowMs = 1000;
    expect(await attempt()).toBe('unauthorized');
  });

  it('keeps addresses apart, and does not count requests without a token', async () => {
    const throttle = new AuthThrottle(wrong, { failures: 1, windowMs: 1000 }, () => 0);
    const code = (secret: string | undefined, address: string) =>
      throttle.authenticate(secret, address).catch((e: FarmError) => e.code);
    expect(await code(undefined, 'a')).toBe('unauthorized');
    expect(await code(undefined, 'a')).toBe('unauthorized');
    expect(await code('x', 'a')).toBe('unauthorized');
    expect(await code('x', 'a')).toBe('too_many_requests');
    expect(await code('x', 'b')).toBe('unauthorized');
  });
});

describe('a good token', () => {
  const good = `grk_${'g'.repeat(43)}`;
  const isWrong = async (secret: string | undefined) => {
    if (secret !== good) throw new FarmError('unauthorized', 'no');
    return {
      name: 'ci',
      role: 'submitter',
      tenant: 't',
      tokenId: 'tok_1',
      expiresMs: null,
    } as const;
  };
  const other = (i: number) => `grk_${String(i).padStart(43, '0')}`;
  const code = (throttle: AuthThrottle, secret: string) =>
    throttle.authenticate(secret, 'proxy').then(
      () => 'ok',
      (error: FarmError) => error.code,
    );

  it('is not locked by one wrong token that comes again and again from its address', async () => {
    const throttle = new AuthThrottle(isWrong, { failures: 3, windowMs: 1000 }, () => 0);
    for (let i = 0; i < 3; i++) expect(await code(throttle, other(1))).toBe('unauthorized');
    expect(await code(throttle, other(1))).toBe('too_many_requests');
    expect(await code(throttle, good)).toBe('ok');
  });

  it('is not locked by many either, once the database has vouched for it', async () => {
    const throttle = new AuthThrottle(isWrong, { failures: 3, windowMs: 1000 }, () => 0);
    throttle.trust([secretHash(good)]);
    for (let i = 0; i < 3; i++) await code(throttle, `${i}-wrong-token`);
    expect(await code(throttle, 'one more')).toBe('too_many_requests');
    expect(await code(throttle, good)).toBe('ok');
  });

  it('stays good when the database could not be asked', async () => {
    let down = false;
    const ask = async (secret: string | undefined) => {
      if (down) throw new FarmError('unavailable', 'the database is away');
      return isWrong(secret);
    };
    const throttle = new AuthThrottle(ask, { failures: 1, windowMs: 1000 }, () => 0);
    expect(await code(throttle, good)).toBe('ok');
    expect(await code(throttle, 'wrong')).toBe('unauthorized');
    down = true;
    expect(await code(throttle, good)).toBe('unavailable');
    down = false;
    expect(await code(throttle, good)).toBe('ok');
  });
});

describe('the bearer of a request', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer a b', undefined],
    [`Bearer ${'x'.repeat(600)}`, undefined],
    [undefined, undefined],
  ])('%j is %j', (header, secret) => {
    expect(bearerOf(header)).toBe(secret);
  });
});
