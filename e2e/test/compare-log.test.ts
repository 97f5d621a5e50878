import type { RunDetail } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemError } from '../src/farm-client.js';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { expectWholeRecord } from './support/expect-runs.js';

const TARGET = 'FVP_MPS2_M3';
const SUITE = "/^Test suite '.*\\(PLAIN_\\d000\\)' has PASSED$/";
const END = 'End of plain test suites';

describe('images that speak no greentea', () => {
  let farm: TestFarm;
  let runs: Map<string, RunDetail>;

  beforeAll(async () => {
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
    const plain = { image: 'plain.elf', target: TARGET, timeoutMs: 3000 };
    const spec = {
      version: 1,
      name: 'plain',
      runs: [
        {
          ...plain,
          name: 'all',
          compareLog: { lines: ['plain suites on', SUITE, SUITE, SUITE, END] },
        },
        {
          ...plain,
          name: 'one too many',
          compareLog: { lines: [SUITE, SUITE, SUITE, SUITE, END] },
        },
        { image: 'mute.elf', target: TARGET, timeoutMs: 3000, compareLog: { lines: [END] } },
        {
          image: 'crash.elf',
          target: TARGET,
          name: 'no answer',
          timeoutMs: 3000,
          compareLog: { lines: ['/mbed/', END] },
        },
      ],
    };
    const images = ['plain', 'mute', 'crash'].map((app) => imagePath(TARGET, app));
    const { submission, runs: created } = await farm.client.submit(spec, images);
    await farm.client.finished(submission.id, 60_000);
    const details = await Promise.all(created.map((run) => farm.client.run(run.id)));
    runs = new Map(details.map((run) => [run.name, run]));
  }, 90_000);
  afterAll(async () => await farm?.stop(), 60_000);

  it('pass when their console shows the expected lines in order', async () => {
    const run = runs.get('all');
    expect(run).toMatchObject({ verdict: 'pass', reason: 'completed', attempts: 1 });
    if (run) await expectWholeRecord(farm.client, run);
  });

  it('fail with the first line that did not come as evidence', () => {
    expect(runs.get('one too many')).toMatchObject({
      verdict: 'fail',
      reason: 'timeout',
      attempts: 1,
    });
    expect(runs.get('one too many')?.message).toContain(
      `line 4 of 5 did not come: "${SUITE.replaceAll('\\', '\\\\')}"`,
    );
    expect(runs.get('one too many')?.message).toContain(`last line: "${END}"`);
  });

  it('hang when they are silent', () => {
    expect(runs.get('mute')).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('are never spoken to: an image that waits for the handshake stays where it is', () => {
    expect(runs.get('no answer')?.verdict).toMatch(/^(fail|hang)$/);
  });

  it('are refused with a host test, or with an expression that cannot be judged safely', async () => {
    const refused = async (more: object) => {
      const spec = {
        version: 1,
        name: 'x',
        runs: [{ image: 'plain.elf', target: TARGET, ...more }],
      };
      const error: unknown = await farm.client.submit(spec, [imagePath(TARGET, 'plain')]).then(
        () => undefined,
        (why: unknown) => why,
      );
      return error instanceof ProblemError ? error.problem.errors?.[0]?.path : error;
    };
    const lines = [END];
    expect(await refused({ compareLog: { lines }, hostTest: 'echo' })).toBe('runs[0].compareLog');
    expect(await refused({ compareLog: { lines: ['/(a)\\1/'] } })).toBe(
      'runs[0].compareLog.lines[0]',
    );
  });
});
