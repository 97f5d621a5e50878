import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cli, fake, put } from './support/cli-bench.js';

const POLICY = 'version: 1\nsuites:\n  - name: smoke\n    targets: [K64F, K66F]\n';

/** A file of a test's own, with these bytes. */
function file(text: string): string {
  const path = put('policy.yml', {});
  writeFileSync(path, text);
  return path;
}

describe('a policy', () => {
  it('that is good is said to be, without a farm', async () => {
    const { exitCode, out } = await cli('policy', 'lint', file(POLICY));
    expect([exitCode, out]).toEqual([
      0,
      expect.stringMatching(/good; it names 1 suites? with 2 checks/),
    ]);
    expect(fake.requests).toEqual([]);
  });

  it.each([
    ['an unknown field', `${POLICY}    gates: required\n`, /suites\[0\].*gates.*line 5/],
    ['a target that is none', POLICY.replace('K66F', '"-"'), /suites\[0\]\.targets\[1\].*line 4/],
    ['two suites of one name', `${POLICY}  - { name: smoke, targets: [K64F] }\n`, /stands twice/],
    ['a key twice', `${POLICY}version: 1\n`, /version/],
    ['a budget without a bound', `${POLICY}    budgets: [{ metric: a }]\n`, /min, max.*line 5/],
  ])('with %s is refused with path and line', async (_what, text, why) => {
    const { exitCode, err } = await cli('policy', 'lint', file(text));
    expect([exitCode, err]).toEqual([2, expect.stringMatching(why)]);
  });

  it('is tried on what was submitted before', async () => {
    const check = {
      name: 'greenrack',
      before: 'failure',
      after: 'success',
      title: '1 of 1 passed',
    };
    const commits = [{ sha: 'a'.repeat(40), ref: null, submittedMs: 1e12, checks: [check] }];
    fake.route('POST /policy/try', () => ({ body: { commits, cut: false } }));
    const where = ['--repository', 'github.com/acme/fw', '--since', '30d'];
    const { exitCode, out } = await cli('policy', 'try', file(POLICY), ...where);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/aaaaaaaaaa .*greenrack +failure +success +1 of 1 passed/);
    expect(out).toContain('1 of 1 checks would have said something else');
    const sent = JSON.parse(fake.requests[0]?.body ?? '') as { repository: string };
    expect(sent).toMatchObject({ repository: 'github.com/acme/fw', policy: { version: 1 } });
  });
});

describe('quarantined cases', () => {
  const id = `qrt_${'0'.repeat(23)}`;
  const entry = {
    ...{ id, tenant: 'default', case: 'net: dhcp', target: 'K64F', reason: 'errata 7' },
    ...{ owner: 'ana', createdMs: 1e12, untilMs: 1e12 + 86_400_000 },
  };

  it('are listed with owner and end, added for some days, and lifted', async () => {
    fake.route('GET /quarantine', () => ({ body: { items: [entry] } }));
    fake.route('POST /quarantine', () => ({ status: 201, body: entry }));
    fake.route(`POST /quarantine/${id}/lift`, () => ({ body: {} }));
    expect((await cli('quarantine', 'list')).out).toMatch(/net: dhcp +K64F +ana/);
    const add = ['quarantine', 'add', 'net: dhcp', '--reason', 'errata 7', '--target', 'K64F'];
    expect(await cli(...add, '--days', '7')).toMatchObject({ exitCode: 0, out: `${id}\n` });
    expect(JSON.parse(fake.requests.at(-1)?.body ?? '')).toEqual({
      ...{ case: 'net: dhcp', reason: 'errata 7', target: 'K64F', days: 7 },
    });
    expect((await cli('quarantine', 'lift', id)).exitCode).toBe(0);
    expect((await cli(...add, '--days', '91')).exitCode).toBe(2);
  });
});
