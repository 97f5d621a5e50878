import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { subscriptionCreatedSchema, subscriptionViewSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { notifyOver } from '../../src/farm-notify.js';
import { systemClock } from '../../src/timing/clock.js';
import { ask, askFor, problemAt } from '../web/support/request.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

const BASE = '/api/v1/subscriptions';
const listed = z.object({ items: z.array(subscriptionViewSchema) });
const webhook = { kind: 'webhook', url: 'http://127.0.0.1:1/T/very-secret' };
const request = (more: object = {}) => ({
  name: 'team',
  kinds: ['nightly'],
  target: webhook,
  ...more,
});

describe('the routes of subscriptions', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm({
      routes: async (store, dir) => {
        const keyFile = join(dir, 'notify.key');
        await writeFile(keyFile, 'k'.repeat(64), { mode: 0o600 });
        return (await notifyOver({ keyFile, networks: [] }, { store, clock: systemClock })).routes;
      },
    });
  });
  afterAll(() => farm.close());

  it('show a secret once, and the host of a URL at most', async () => {
    const how = { path: BASE, as: 'submitter', json: request(), status: 201 } as const;
    const { subscription, secret } = await askFor(subscriptionCreatedSchema, farm, how);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const response = await ask(farm, BASE, { as: 'submitter' });
    const text = await response.text();
    expect(text).not.toContain('very-secret');
    expect(text).not.toContain(secret);
    expect(listed.parse(JSON.parse(text)).items).toEqual([subscription]);
    expect(subscription.target).toEqual({ kind: 'webhook', to: 'http://127.0.0.1:1/…' });
    const acts = await farm.store.database.queries.selectFrom('audit').selectAll().execute();
    expect(acts.map(({ action }) => action)).toContain('subscriptions create');
    expect(JSON.stringify(acts)).not.toContain('very-secret');
    const test = { method: 'POST', as: 'submitter' } as const;
    const tried = await ask(farm, `${BASE}/${subscription.id}/test`, test);
    expect(await tried.json()).toMatchObject({
      delivered: false,
      detail: expect.stringContaining('GREENRACK_NOTIFY_NETWORKS'),
    });
  });

  it('are for the tenant, and for operators', async () => {
    const how = { path: BASE, as: 'submitter', json: request(), status: 201 } as const;
    const { subscription } = await askFor(subscriptionCreatedSchema, farm, how);
    const place = `${BASE}/${subscription.id}`;
    const secret = await addToken(farm.store, { name: 'eve', role: 'submitter', tenant: 'other' });
    expect((await askFor(listed, farm, { path: BASE, secret })).items).toEqual([]);
    expect((await ask(farm, place, { method: 'DELETE', secret })).status).toBe(404);
    expect((await ask(farm, `${place}/test`, { method: 'POST', secret })).status).toBe(404);
    for (const path of [BASE, place]) {
      const viewer = { as: 'viewer', method: path === BASE ? 'GET' : 'DELETE' } as const;
      expect((await ask(farm, path, viewer)).status).toBe(403);
    }
    expect((await ask(farm, BASE, { as: 'viewer', json: request() })).status).toBe(403);
    expect((await ask(farm, place, { method: 'DELETE', as: 'operator' })).status).toBe(200);
    expect((await ask(farm, place, { method: 'DELETE', as: 'operator' })).status).toBe(404);
  });

  it.each([
    [{ filter: 'colour:red' }, "there is no 'colour:' here"],
    [{ target: { kind: 'email', address: 'ada@lab.example' } }, 'GREENRACK_SMTP_URL'],
    [{ target: { kind: 'webhook', url: 'ftp://x.example/' } }, 'target.url'],
    [{ target: { kind: 'webhook', url: 'http://user:pass@x.example/' } }, 'target.url'],
    [{ target: { kind: 'email', address: 'a@b.example\r\nBcc: c@d.example' } }, 'target.address'],
    [{ kinds: [] }, 'kinds'],
  ])('refuse %j', async (more, detail) => {
    const problem = await problemAt(farm, BASE, { as: 'submitter', json: request(more) });
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(detail);
  });
});
