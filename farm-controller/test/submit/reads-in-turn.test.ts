import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readYaml } from '../../src/submit/read-yaml.js';
import { ask } from '../web/support/request.js';
import { M3, specOf } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

/** Takes a reader as long as it may. */
const SLOW = `version: 1\nname: slow\nruns:\n${'- {image: a.elf, target: T}\n'.repeat(35_000)}`;

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const post = (body: string, secret: string, signal?: AbortSignal) =>
  fetch(`${farm.base}/api/v1/submissions`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/yaml' },
    ...(signal && { signal }),
  });

describe('YAML of one tenant', () => {
  it('does not wait for that of another, nor for clients that have hung up', async () => {
    const busy = await addToken(farm.store, { name: 'busy', role: 'submitter', tenant: 'busy' });
    const hangUp = new AbortController();
    let done = 0;
    const slow = Array.from({ length: 30 }, () =>
      post(SLOW, busy, hangUp.signal).then(
        () => done++,
        () => undefined,
      ),
    );
    const one = await post(
      JSON.stringify(specOf([{ image: 'a.elf', target: M3 }])),
      farm.secrets.submitter,
    );
    expect(one.status).toBe(422);
    expect(done).toBeLessThan(15);
    hangUp.abort();
    await Promise.all(slow);
    const own = await post('a: 1', busy);
    expect(own.status).toBe(422);
    expect((await ask(farm, '/healthz')).status).toBe(200);
  });

  it('is given up when nobody waits for it any more', async () => {
    const gone = new AbortController();
    const reading = readYaml(SLOW, { tenant: 'a', signal: gone.signal });
    setImmediate(() => gone.abort(new Error('left')));
    await expect(reading).rejects.toThrow('left');
    const { signal } = new AbortController();
    expect(await readYaml('a: 1', { tenant: 'a', signal })).toEqual({ ok: true, value: { a: 1 } });
  });
});
