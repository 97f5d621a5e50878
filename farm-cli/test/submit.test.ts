import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cli, dir, fake, put } from './support/cli-bench.js';
import { problem, type SeenRequest } from './support/fake-farm.js';
import { uploadOf } from './support/fake-upload.js';
import { boardView } from './support/views.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

const submit = (...args: string[]) => cli('submit', ...args);

const uploaded = () => uploadOf(fake);

describe('submit', () => {
  it('names images by hash and uploads only those that the farm does not have', async () => {
    put('K64F/old.elf');
    put('K64F/new.elf');
    fake.route('POST /images/query', () => ({ body: { missing: [sha('K64F/new.elf')] } }));
    const { exitCode } = await submit('.', '--no-wait');
    expect(exitCode).toBe(0);
    const { spec, files, body } = uploaded();
    expect(spec.images.map((image) => image.sha256).sort()).toEqual(
      [sha('K64F/new.elf'), sha('K64F/old.elf')].sort(),
    );
    expect(files).toEqual(['new.elf']);
    expect(body).toContain('\r\n\r\nK64F/new.elf\r\n--');
    expect(body.indexOf('name="spec"')).toBeLessThan(body.indexOf('name="image"'));
  });

  it('sends a submission again when its answer got lost, as the same request', async () => {
    put('K64F/a.elf');
    fake.route('POST /images/query', () => ({ body: { missing: [sha('K64F/a.elf')] } }));
    const created = fake.routes.get('POST /submissions');
    const seen: SeenRequest[] = [];
    fake.route('POST /submissions', (request) => {
      seen.push(request);
      const answer = created?.(request) ?? { body: {} };
      return seen.length === 1 ? { ...answer, lost: true } : answer;
    });
    expect(await submit('.', '--no-wait')).toMatchObject({ exitCode: 0 });
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen[1]).toEqual({ ...seen[0], headers: expect.anything() });
    expect(seen[1]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key']);
    await submit('.', '--no-wait');
    expect(seen[2]?.headers['idempotency-key']).not.toBe(seen[0]?.headers['idempotency-key']);
  });

  it('takes the target from the folder, one image per name, and the richest format', async () => {
    for (const file of ['K64F/a.bin', 'K64F/a.hex', 'K64F/a.elf', 'K66F/a.hex', 'K66F/map.txt'])
      put(file);
    await submit('.', '--no-wait');
    expect(uploaded().spec.runs).toEqual([
      { name: 'a', image: 'a.elf', target: 'K64F' },
      { name: 'a', image: 'a.hex', target: 'K66F' },
    ]);
  });

  it('gives images of one name different names in the upload', async () => {
    put('K64F/a.elf');
    put('K66F/a.elf');
    await submit('.', '--no-wait');
    expect(uploaded().spec.images.map((image) => image.name)).toEqual([
      'K64F-K64F-a.elf',
      'K66F-K66F-a.elf',
    ]);
  });

  it('passes what the options ask of the board and the run', async () => {
    const image = put('a.elf');
    const items = [{ ...boardView('b-1'), name: 'left desk' }];
    fake.route('GET /boards', () => ({ body: { items, nextCursor: null } }));
    await submit(
      image,
      '--target',
      'K64F',
      '--board',
      'left desk',
      '--timeout',
      '1.5',
      '--tag',
      'x',
      '--tag',
      'y',
      '--priority',
      'high',
      '--name',
      'mine',
      '--no-wait',
    );
    const { spec } = uploaded();
    expect(spec).toMatchObject({ name: 'mine', priority: 'high' });
    expect(spec.runs).toEqual([
      {
        name: 'a',
        image: 'a.elf',
        target: 'K64F',
        board: 'b-1',
        timeoutMs: 1500,
        tags: ['x', 'y'],
      },
    ]);
  });

  it('reads a spec, and finds its images beside it', async () => {
    put('x.elf');
    const spec = put(
      'spec.yaml',
      'version: 1\nname: mine\nruns:\n  - image: x.elf\n    target: K64F\n',
    );
    fake.route('POST /images/query', () => ({ body: { missing: [sha('x.elf')] } }));
    const { exitCode } = await submit(spec, '--no-wait');
    expect(exitCode).toBe(0);
    expect(uploaded().files).toEqual(['x.elf']);
    expect(uploaded().spec.images).toEqual([{ name: 'x.elf', sha256: sha('x.elf'), sizeBytes: 5 }]);
  });

  it.each([
    ['a path that is not there', ['nope.elf', '--target', 'K64F'], /nope\.elf: no such file/],
    ['an image without a target', ['a.elf'], /cannot tell its target.*--target/],
    ['a file that is no image', ['a.txt', '--target', 'K64F'], /neither an image .* nor a spec/],
    ['an empty image', ['empty.elf', '--target', 'K64F'], /empty\.elf: is empty/],
    ['a folder without images', ['void'], /void: no image in it/],
    ['a spec with a wrong field', ['bad.yaml'], /runs\[0\].*unknown field 'colour'/],
    ['a spec whose image is missing', ['lost.yaml'], /image y\.elf is not beside the spec/],
    [
      'a spec with options for runs',
      ['bad.yaml', '--board', 'b'],
      /leave out the options for board/,
    ],
    ['a bad target', ['a.elf', '--target', 'k64f'], /target.*expected an Mbed target name/],
    [
      'a bad priority',
      ['a.elf', '--priority', 'max'],
      /Allowed choices are urgent, high, normal, low/,
    ],
    ['a bad timeout', ['a.elf', '--timeout', '-1'], /expected seconds/],
    ['a bad URL', ['a.elf', '--target', 'K64F', '--url', 'ftp://x'], /no URL of a farm/],
  ])('ends with 2 for %s and sends nothing', async (_what, args, message) => {
    put('a.elf');
    put('a.txt');
    put('empty.elf', '');
    mkdirSync(join(dir.path, 'void'));
    put('bad.yaml', 'version: 1\nname: x\nruns:\n  - {image: a.elf, target: K64F, colour: 1}\n');
    put('lost.yaml', 'version: 1\nname: x\nruns:\n  - {image: y.elf, target: K64F}\n');
    const { exitCode, err } = await submit(...args);
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
    expect(fake.requests).toEqual([]);
  });

  it("shows the farm's refusal with the fields that it names", async () => {
    const errors = [{ path: 'runs[0].target', message: 'no board has it' }];
    fake.route('POST /submissions', () =>
      problem(422, 'unknown_target', 'nobody has a K64F', { errors, requestId: 'r-1' }),
    );
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(2);
    expect(err).toContain('greenrack: nobody has a K64F (unknown_target)');
    expect(err).toContain('  runs[0].target: no board has it');
  });

  it("does not repeat a field that the farm's message names already", async () => {
    const errors = [{ path: 'runs[0].target', message: 'no board has it' }];
    fake.route('POST /submissions', () =>
      problem(422, 'unknown_target', 'runs[0].target: no board has it', { errors }),
    );
    const { err } = await submit(put('K64F/a.elf'));
    expect(err).toBe('greenrack: runs[0].target: no board has it (unknown_target)\n');
  });

  it("shows the request's id when the farm is to blame", async () => {
    fake.route('POST /submissions', () =>
      problem(500, 'internal', 'a defect', { requestId: 'r-1' }),
    );
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(3);
    expect(err).toContain('  request r-1');
  });

  it('ends with 3 when the farm cannot be reached', async () => {
    await fake.stop();
    const { exitCode, err } = await submit(put('K64F/a.elf'));
    expect(exitCode).toBe(3);
    expect(err).toContain('connection refused; is the farm running');
    await fake.start();
  });

  it('never lets a token into its output', async () => {
    fake.route('POST /submissions', () => problem(401, 'unauthorized', 'no valid token'));
    const { out, err } = await submit(put('K64F/a.elf'));
    expect(out + err).not.toContain('secret-token');
    expect(fake.requests[0]?.headers.authorization).toBe('Bearer secret-token');
  });
});
