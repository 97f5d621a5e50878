import { once } from 'node:events';
import { newId } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newTokenSecret, secretHash } from '../../src/auth/token-secret.js';
import { TokenSockets } from '../../src/web/token-sockets.js';
import { Watcher } from '../query/live-client-support.js';
import { board, StageFarm } from '../support/stage-farm.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

describe('a token that ends', () => {
  let farm: TestFarm;
  let id: string;
  let secret: string;
  beforeEach(async () => {
    farm = await startFarm();
  });

  async function makeToken(expiresMs: number | null = null): Promise<void> {
    id = newId('tok', Date.now());
    secret = newTokenSecret();
    await farm.store.tokens.create({
      ...{ id, name: 'guest', role: 'viewer', tenant: 'default', secretHash: secretHash(secret) },
      ...{ createdMs: Date.now(), expiresMs, revokedMs: null },
    });
  }
  afterEach(() => farm.close());

  it('ends the connections that it opened when it is revoked, and no others', async () => {
    await makeToken();
    const guest = new Watcher(farm, secret);
    const other = await Watcher.open(farm);
    await guest.subscribe({ topic: 'farm' });
    const ended = once(guest.socket as never, 'disconnect');
    const answer = await fetch(`${farm.base}/api/v1/tokens/${id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${farm.secrets.admin}` },
    });
    expect(answer.status).toBe(200);
    await ended;
    expect(await other.subscribe({ topic: 'farm' })).toEqual({ ok: true });
    const again = new Watcher(farm, secret);
    expect(await again.refusal()).toBe('unauthorized');
    for (const watcher of [guest, other, again]) watcher.close();
  });

  it('ends a connection whose token was looked up just before the revocation', async () => {
    await makeToken();
    farm.http.cutToken(id);
    const guest = new Watcher(farm, secret);
    await once(guest.socket as never, 'disconnect');
    expect(guest.socket.connected).toBe(false);
  });

  it('ends its connections when it expires', async () => {
    await makeToken(Date.now() + 5_000);
    const guest = new Watcher(farm, secret);
    expect(await guest.subscribe({ topic: 'farm' })).toEqual({ ok: true });
    await once(guest.socket as never, 'disconnect');
  });
});

it('cuts the link of an agent whose token is revoked', async () => {
  const farm = await StageFarm.start({ racks: { 'rack-1': [board('B1')], 'rack-2': [] } });
  const [revoked, other] = [farm.agent('rack-1'), farm.agent('rack-2')];
  await Promise.all([revoked.join(), other.join()]);
  new TokenSockets(farm.io).cut('tok_rack-1');
  await revoked.until('disconnected', () => !revoked.connected);
  expect(other.connected).toBe(true);
  await farm.until('offline', () => farm.boards.get('B1')?.availability === 'offline');
  await farm.stop();
});
