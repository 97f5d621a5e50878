import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pageOf, runViewSchema, submissionCreatedSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bin, elf } from '../web/support/images.js';
import { ask, askFor } from '../web/support/request.js';
import { imagePart, M3, postForm, specOf, specPart, submitted } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a submission', () => {
  it('of many runs is told and answered run by run, in their order', async () => {
    const told: string[] = [];
    const stop = farm.news.subscribe(({ change }) => {
      for (const { id } of change?.runs ?? []) told.push(id);
    });
    const spec = specOf([{ image: 'many.elf', target: M3, repeat: 999 }]);
    const response = await postForm(farm, [specPart(spec), imagePart('many.elf', elf())]);
    stop();
    const created = submissionCreatedSchema.parse(await response.json());
    expect(created.runs.map((run) => run.ordinal)).toEqual(
      Array.from({ length: 999 }, (_, i) => i),
    );
    expect(told).toEqual(created.runs.map((run) => run.id));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is committed, queued and told before it is answered', async () => {
    const image = elf();
    const news: unknown[] = [];
    const stop = farm.news.subscribe((item) => news.push(item));
    const parts = [
      specPart(specOf([{ image: 'pass.elf', target: M3 }])),
      imagePart('pass.elf', image),
    ];
    const response = await postForm(farm, parts);
    const created = submissionCreatedSchema.parse(await response.json());
    stop();
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/api/v1/submissions/${created.submission.id}`);
    const [run] = created.runs;
    expect(run).toMatchObject({
      ...{ name: 'pass', imageName: 'pass.elf', imageSha256: sha256(image), state: 'queued' },
      requirement: { target: M3, fixtures: [], tags: [] },
    });
    expect(await farm.store.runs.get(run?.id ?? '')).toEqual(run);
    expect(farm.heard.submitted.at(-1)?.map((queued) => queued.runId)).toEqual([run?.id]);
    expect(news).toEqual([
      { change: { submissions: [created.submission], runs: created.runs, boards: [] } },
    ]);
    expect(await buffer(farm.blobs.read(sha256(image)))).toEqual(image);
  });

  it('may be YAML, in a file part, with runs repeated in order', async () => {
    const yaml = `
version: 1
name: nightly
priority: high
runs:
  - { image: a.bin, target: ${M3}, repeat: 3, timeoutMs: 5000 }
  - { image: a.bin, target: ${M3}, name: named, tags: [virtual], board: virt-m3-02 }
`;
    const parts = [
      { name: 'spec', fileName: 'spec.yaml', content: yaml },
      imagePart('a.bin', bin()),
    ];
    const { submission, runs } = await submitted(farm, parts);
    expect(submission).toMatchObject({ name: 'nightly', band: 'high', runsTotal: 4 });
    expect(runs.map((run) => [run.ordinal, run.name])).toEqual([
      [0, 'a'],
      [1, 'a'],
      [2, 'a'],
      [3, 'named'],
    ]);
    expect(runs[3]?.requirement.board).toBe('virt-m3-02');
    const path = `/api/v1/submissions/${submission.id}/runs?limit=3`;
    const page = await askFor(pageOf(runViewSchema), farm, { path, as: 'viewer' });
    expect(page.items).toEqual(runs.slice(0, 3));
  });

  it('needs no upload of an image that the farm has', async () => {
    const image = elf({ seed: 7 });
    const digest = sha256(image);
    const query = { sha256: [digest, 'b'.repeat(64)] };
    const ofFarm = async () =>
      (await ask(farm, '/api/v1/images/query', { as: 'submitter', json: query })).json();
    expect(await ofFarm()).toEqual({ missing: query.sha256 });
    const images = [{ name: 'x.elf', sha256: digest, sizeBytes: image.length }];
    const spec = specOf([{ image: 'x.elf', target: M3 }], { images });
    await submitted(farm, [specPart(spec), imagePart('x.elf', image)]);
    expect(await ofFarm()).toEqual({ missing: ['b'.repeat(64)] });
    const again = await ask(farm, '/api/v1/submissions', { as: 'submitter', json: spec });
    expect(again.status).toBe(201);
    const yaml = await ask(farm, '/api/v1/submissions', {
      ...{ as: 'submitter', body: JSON.stringify(spec) },
      headers: { 'content-type': 'application/yaml' },
    });
    expect(yaml.status).toBe(201);
  });

  it('needs equal bytes once, whatever names the spec gives them', async () => {
    const image = elf({ seed: 8 });
    const spec = {
      ...specOf([
        { image: 'one.elf', target: M3 },
        { image: 'other.elf', target: M3 },
      ]),
      images: ['one.elf', 'other.elf'].map((name) => ({ name, sha256: sha256(image) })),
    };
    const { runs } = await submitted(farm, [specPart(spec), imagePart('one.elf', image)]);
    expect(runs.map((run) => run.imageSha256)).toEqual([sha256(image), sha256(image)]);
  });

  it('takes many small images and one of several megabytes', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `image ${i}.elf`);
    const runs = names.map((image) => ({ image, target: M3 }));
    const parts = names.map((name, seed) => imagePart(name, elf({ seed })));
    const big = elf({ sizeBytes: 4_000_000 });
    const spec = specOf([...runs, { image: 'big.elf', target: M3 }]);
    const created = await submitted(farm, [specPart(spec), ...parts, imagePart('big.elf', big)]);
    expect(new Set(created.runs.map((run) => run.imageSha256)).size).toBe(61);
    expect(created.runs.at(-1)?.imageSha256).toBe(sha256(big));
  });

  it('stands although the queue is down: the database has it', async () => {
    farm.knobs.onSubmitted = () => Promise.reject(new Error('no connection to Redis'));
    const spec = specOf([{ image: 'a.bin', target: M3 }]);
    const { submission } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
    farm.knobs.onSubmitted = async () => undefined;
    expect((await farm.store.submissions.get(submission.id))?.runsTotal).toBe(1);
    expect(farm.heard.log.join('')).toContain('no connection to Redis');
  });

  it('belongs to the tenant of its token', async () => {
    const spec = specOf([{ image: 'a.bin', target: M3 }]);
    const { submission } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
    expect(submission).toMatchObject({ tenant: 'default', submitter: 'a-submitter' });
  });
});
