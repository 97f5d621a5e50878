import { describe, expect, it } from '@jest/globals';
import { cli, fake, put } from './support/cli-bench.js';

const ID = `sbn_${'0'.repeat(23)}`;
const view = (more: object = {}) => ({
  ...{ id: ID, tenant: 'default', name: 'team', kinds: ['nightly'], filter: 'ref:main' },
  ...{ target: { kind: 'webhook', to: 'https://hooks.example/…' }, createdBy: 'ana' },
  ...{ createdMs: 1e12, waiting: 0, refused: 0, lastSentMs: null, lastError: null, ...more },
});

describe('notify', () => {
  it('takes the URL of a webhook from a file, and shows its secret once', async () => {
    const created = { subscription: view(), secret: 's3cret' };
    fake.route('POST /subscriptions', () => ({ status: 201, body: created }));
    const file = put('hook', 'https://hooks.example/T/B\n');
    const more = ['--on', 'nightly, change', '--filter', 'ref:main', '--webhook-file', file];
    const { exitCode, out, err } = await cli('notify', 'add', 'team', ...more);
    expect([exitCode, out]).toEqual([0, `${ID}\n`]);
    expect(err).toContain('s3cret');
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
      ...{ name: 'team', kinds: ['nightly', 'change'], filter: 'ref:main' },
      target: { kind: 'webhook', url: 'https://hooks.example/T/B' },
    });
  });

  it.each([
    [['--on', 'nightly'], 'say where to'],
    [['--on', 'nights', '--email', 'a@b.example'], 'kinds[0]'],
    [['--on', 'nightly', '--email', 'nobody'], 'target.address'],
  ])('refuses %j before it asks the farm', async (args, message) => {
    const { exitCode, err } = await cli('notify', 'add', 'team', ...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(fake.requests).toEqual([]);
  });

  it('lists what waits and was refused, tests and removes', async () => {
    const one = view({ waiting: 2, refused: 1, lastError: 'answered with status 410' });
    fake.route('GET /subscriptions', () => ({ body: { items: [one] } }));
    const { out } = await cli('notify', 'list');
    expect(out).toContain('2 waiting, 1 refused: answered with status 410');
    fake.route(`POST /subscriptions/${ID}/test`, () => ({
      body: { delivered: false, detail: 'nobody there' },
    }));
    expect(await cli('notify', 'test', ID)).toMatchObject({ exitCode: 3, out: 'nobody there\n' });
    fake.route(`DELETE /subscriptions/${ID}`, () => ({ body: {} }));
    expect((await cli('notify', 'remove', ID)).err).toContain('is removed');
  });
});
