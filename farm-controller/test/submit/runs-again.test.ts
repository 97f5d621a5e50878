import { submissionCreatedSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAttempt } from '../web/support/attempts.js';
import { bin } from '../web/support/images.js';
import { ask, askFor } from '../web/support/request.js';
import { imagePart, M3, specOf, specPart, submitted } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const SPEC = specOf([
  { image: 'a.bin', target: M3, repeat: 2, retries: 1 },
  { image: 'a.bin', target: M3, name: 'other', timeoutMs: 5000 },
]);
const submit = () => submitted(farm, [specPart(SPEC), imagePart('a.bin', bin())]);
const again = (path: string, json: object = {}) =>
  askFor(submissionCreatedSchema, farm, {
    path: `/api/v1/${path}/rerun`,
    as: 'submitter',
    json,
    status: 201,
  });

describe('a submission that is run again', () => {
  it('becomes a new one of the same images and spec, and names the old one', async () => {
    const old = await submit();
    const { submission, runs } = await again(`submissions/${old.submission.id}`);
    expect(submission.id).not.toBe(old.submission.id);
    expect(submission.name).toBe(`a submission (rerun of ${old.submission.id})`);
    expect(runs.map((run) => [run.name, run.imageSha256, run.state])).toEqual(
      old.runs.map((run) => [run.name, run.imageSha256, 'queued']),
    );
    expect(submission.rerunOf).toBe(old.submission.id);
    expect(await farm.store.submissions.get(submission.id)).toMatchObject({
      rerunOf: old.submission.id,
    });
    const third = await again(`submissions/${submission.id}`);
    expect(third.submission.name).toBe(`a submission (rerun of ${submission.id})`);
  });

  it('can be what did not pass alone, and leaves the first results as they are', async () => {
    const old = await submit();
    const [first, , third] = old.runs;
    await (await startAttempt(farm, first?.id ?? '', 'virt-m3-01')).end('pass');
    await (await startAttempt(farm, third?.id ?? '', 'virt-m3-02')).end('fail');
    const before = await farm.store.runs.get(third?.id ?? '');
    const { runs } = await again(`submissions/${old.submission.id}`, { only: 'failed' });
    expect(runs.map((run) => run.name)).toEqual(['other']);
    expect(await farm.store.runs.get(third?.id ?? '')).toEqual(before);
    expect(before?.verdict).toBe('fail');
  });

  it('can be the runs that are named, and none of another submission', async () => {
    const [old, other] = [await submit(), await submit()];
    const [first, , third] = old.runs;
    const { runs } = await again(`submissions/${old.submission.id}`, {
      runs: [third?.id ?? '', first?.id ?? ''],
    });
    expect(runs.map((run) => run.name)).toEqual([first?.name, third?.name]);
    const path = `/api/v1/submissions/${old.submission.id}/rerun`;
    const json = { runs: [first?.id ?? '', other.runs[0]?.id ?? ''] };
    const refused = await ask(farm, path, { as: 'submitter', json });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('runs[1]');
  });

  it('can be one run', async () => {
    const old = await submit();
    const { runs } = await again(`runs/${old.runs[1]?.id}`);
    expect(runs.map((run) => run.name)).toEqual(['a']);
  });

  it('is refused when nothing failed, when it is unknown, and to viewers', async () => {
    const { id } = (await submit()).submission;
    const path = `/api/v1/submissions/${id}/rerun`;
    const json = { only: 'failed' };
    expect((await ask(farm, path, { as: 'submitter', json })).status).toBe(409);
    expect((await ask(farm, path, { as: 'viewer', json })).status).toBe(403);
    const nothing = '/api/v1/submissions/sub_00000000000000000000000/rerun';
    expect((await ask(farm, nothing, { as: 'submitter', json: {} })).status).toBe(404);
  });
});
