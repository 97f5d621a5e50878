import { describe, expect, it } from '@jest/globals';
import { cli, fake } from './support/cli-bench.js';
import { attemptId, runId, SUBMISSION_ID } from './support/views.js';

const TEST = `tst_${'0'.repeat(23)}`;
const ENVIRONMENT = `env_${'0'.repeat(23)}`;
const SERIES = `ser_${'0'.repeat(23)}`;
const page = (...items: unknown[]) => ({ body: { items, nextCursor: null } });

describe('history', () => {
  it('lists the results of a case over builds', async () => {
    const test = { target: 'K64F', imageName: 'app.elf', caseName: 'boot', firstMs: 1 };
    fake.route('GET /tests', () => page({ id: TEST, ...test }));
    fake.route(`GET /tests/${TEST}/history`, () =>
      page({
        ...{ attemptId: attemptId(1), attemptNumber: 1, runId: runId(0), boardSerial: 'b-1' },
        ...{ submissionId: SUBMISSION_ID, verdict: 'fail', durationUs: 2500, atMs: 1 },
        imageSha256: 'a'.repeat(64),
        origin: { sha: 'c'.repeat(40), ref: 'refs/heads/main' },
      }),
    );
    const { out } = await cli('history', 'K64F', 'app.elf', 'boot');
    expect(out).toMatch(/fail .*b-1 .*cccccccccccc .*main .*run_/);
    expect(fake.requests[0]?.url).toContain('target=K64F&image=app.elf&case=boot');
  });

  it('of what never ran says where to look', async () => {
    fake.route('GET /tests', () => page());
    const { exitCode, err } = await cli('history', 'K64F', 'app.elf');
    expect([exitCode, err]).toEqual([2, expect.stringContaining('greenrack runs')]);
  });
});

describe('series', () => {
  it('lists the points of one branch', async () => {
    fake.route(`GET /series/${SERIES}/points`, () =>
      page({
        ...{ attemptId: attemptId(1), runId: runId(0), atMs: 1, value: 118.25, repeats: 5 },
        ...{ deviation: 0.5, imageSha256: 'a'.repeat(64), ref: 'refs/heads/main' },
        ...{ sha: 'c'.repeat(40), commitMs: 1, environment: ENVIRONMENT },
      }),
    );
    const { out } = await cli('series', SERIES, '--branch', 'main');
    expect(out).toMatch(/118\.25 +5 +0\.5 +cccccccccccc/);
    expect(fake.requests[0]?.url).toContain('ref=main');
  });
});
