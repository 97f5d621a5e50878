import { newId } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import type { StoredToken } from '../../src/store/ports.js';
import { NOW } from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const hash = (digit: string) => digit.repeat(64);

function token(name: string, secretHash: string): StoredToken {
  const times = { createdMs: NOW, expiresMs: null, revokedMs: null };
  return {
    id: newId('tok', NOW),
    name,
    role: 'submitter',
    tenant: 'default',
    secretHash,
    ...times,
  };
}

export function tokensContract(database: TestDatabase): void {
  it('finds a token by the hash of its secret only', async () => {
    const { tokens } = database.store;
    const ci = token('ci', hash('1'));
    await tokens.create(ci);
    expect(await tokens.findByHash(hash('1'))).toEqual(ci);
    expect(await tokens.findByHash(hash('2'))).toBeUndefined();
    const [listed] = (await tokens.list('people', { limit: 500 })).items;
    expect(listed).not.toHaveProperty('secretHash');
  });

  it('refuses a second active token of one name, and allows it after the first is revoked', async () => {
    const { tokens } = database.store;
    const first = token('ci', hash('1'));
    await tokens.create(first);
    await expect(tokens.create(token('ci', hash('2')))).rejects.toMatchObject({ code: 'conflict' });
    expect(await tokens.revoke(first.id, NOW + 1)).toMatchObject({ revokedMs: NOW + 1 });
    expect(await tokens.revoke(first.id, NOW + 2)).toMatchObject({ revokedMs: NOW + 1 });
    await tokens.create(token('ci', hash('2')));
    expect(await tokens.revoke('tok_unknown', NOW)).toBeUndefined();
  });

  it('replaces a configured token by name and is idempotent', async () => {
    const { tokens } = database.store;
    const agent = {
      name: 'rack',
      role: 'agent',
      tenant: 'default',
      secretHash: hash('1'),
    } as const;
    await tokens.upsert(agent, NOW);
    await tokens.upsert(agent, NOW + 1);
    expect((await tokens.list('people', { limit: 500 })).items).toHaveLength(1);
    await tokens.upsert({ ...agent, secretHash: hash('2') }, NOW + 2);
    expect(await tokens.findByHash(hash('1'))).toMatchObject({ revokedMs: NOW + 2 });
    expect(await tokens.findByHash(hash('2'))).toMatchObject({ revokedMs: null, role: 'agent' });
  });

  it('lists tokens in pages, and sessions of workflows apart from those of people', async () => {
    const { store } = database;
    const { tokens } = store;
    const made = ['1', '2', '3'].map((n) => token(`ci-${n}`, hash(n)));
    for (const one of made) await tokens.create(one);
    const session = made[1]?.id ?? '';
    const all = store.database.queries.updateTable('tokens').set({ trust_id: 'ott_1' });
    await all.where('id', '=', session).execute();
    const first = await tokens.list('people', { limit: 1 });
    expect(first.items.map(({ name }) => name)).toEqual(['ci-1']);
    const rest = await tokens.list('people', { limit: 1, cursor: first.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ name: 'ci-3' }], nextCursor: null });
    expect((await tokens.list('workflows', { limit: 9 })).items).toMatchObject([{ id: session }]);
    await tokens.revoke(session, NOW);
    expect(await tokens.revoked(NOW)).toEqual([session]);
  });

  it('does not bring a revoked secret back, nor give one to two names', async () => {
    const { tokens } = database.store;
    const admin = {
      name: 'root',
      role: 'admin',
      tenant: 'default',
      secretHash: hash('1'),
    } as const;
    await tokens.upsert(admin, NOW);
    const twice = tokens.upsert({ ...admin, name: 'other' }, NOW);
    await expect(twice).rejects.toMatchObject({ code: 'conflict' });
    const id = (await tokens.findByHash(hash('1')))?.id ?? '';
    await tokens.revoke(id, NOW + 1);
    await expect(tokens.upsert(admin, NOW + 2)).rejects.toMatchObject({ code: 'conflict' });
  });
}
