import { auditEntrySchema, pageOf } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isAudited } from '../../src/web/route.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

/** Leave rows of their own that say whose they are, or change nothing. */
const UNAUDITED = [
  'delete /api/v1/uploads/:sha256',
  'patch /api/v1/uploads/:sha256',
  'post /api/v1/images/query',
  'post /api/v1/runs/:id/rerun',
  'post /api/v1/submissions',
  'post /api/v1/submissions/:id/rerun',
  'post /api/v1/uploads/:sha256/finish',
  'put /api/v1/uploads/:sha256',
];

describe('the audit log', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm();
  });
  afterAll(() => farm.close());

  const ask = (method: string, path: string, body?: object) =>
    fetch(`${farm.base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${farm.secrets.admin}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  async function entries(query = '') {
    return pageOf(auditEntrySchema).parse(await (await ask('GET', `/audit${query}`)).json());
  }

  it('has who did what to what, with what was asked for, and how it ended', async () => {
    const made = await ask('POST', '/tokens', { name: 'ci', role: 'viewer' });
    const { token } = (await made.json()) as { token: { id: string } };
    await ask('DELETE', `/tokens/${token.id}`);
    await ask('DELETE', `/tokens/tok_${'0'.repeat(23)}`);
    const who = { actor: 'a-admin', role: 'admin', tenant: 'default' };
    const { items } = await entries();
    expect(items).toMatchObject([
      { ...who, action: 'tokens delete', subject: `tok_${'0'.repeat(23)}`, outcome: 'not_found' },
      { ...who, action: 'tokens delete', subject: token.id, outcome: 'done', detail: '' },
      { ...who, action: 'tokens create', subject: token.id, outcome: 'done' },
    ]);
    expect(items[2]?.detail).toBe('{"name":"ci","role":"viewer","tenant":"default"}');
    const first = await entries('?limit=2');
    expect((await entries(`?limit=2&cursor=${first.nextCursor}`)).items).toEqual(items.slice(2));
  });

  it('has nothing of what was turned away at the door, and of what changes nothing', async () => {
    const before = (await entries()).items.length;
    expect((await ask('POST', '/tokens', { name: 'ci' })).status).toBe(400);
    expect((await ask('POST', '/images/query', { sha256: ['a'.repeat(64)] })).status).toBe(200);
    expect((await entries()).items).toHaveLength(before);
  });

  it('has a row before anything is done, and does nothing when it cannot have one', async () => {
    const [board] = farm.inventory.boards;
    const { queries } = farm.store.database;
    await farm.store.database.transact((tx) =>
      tx.schema.alterTable('audit').renameTo('audit_away').execute(),
    );
    const order = { health: 'maintenance', cause: 'new probe' };
    const path = `/boards/${board?.serial}/state`;
    expect((await ask('POST', path, order)).status).toBe(500);
    await farm.store.database.transact((tx) =>
      tx.schema.alterTable('audit_away').renameTo('audit').execute(),
    );
    const row = queries
      .selectFrom('boards')
      .select('health')
      .where('serial', '=', board?.serial ?? '');
    expect(await row.executeTakeFirst()).toEqual({ health: 'good' });
    expect((await ask('POST', path, order)).status).toBe(200);
    expect((await entries('?limit=1')).items).toMatchObject([
      { action: 'boards state', subject: board?.serial, detail: JSON.stringify(order) },
    ]);
  });

  it('has all that changes something by a route, but for what says itself who did it', () => {
    const changing = farm.http.routes.filter(
      ({ method, role }) => method !== 'get' && role !== 'none' && role !== 'viewer',
    );
    const left = changing.filter((route) => !isAudited(route));
    expect(left.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(UNAUDITED);
  });
});
