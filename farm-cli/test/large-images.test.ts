import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashFile } from '../src/submission/prepared.js';
import { callCli } from './support/call-cli.js';
import { FakeFarm, problem } from './support/fake-farm.js';
import { uploadOf } from './support/fake-upload.js';

const MIB = 1024 * 1024;
const SIZE = 40 * MIB;

let dir: string;
let fake: FakeFarm;
/** What the farm has of the image. */
let received: Buffer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-large-'));
  fake = new FakeFarm();
  await fake.start();
  received = Buffer.alloc(0);
});
afterEach(async () => {
  await fake.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A farm that takes the image; `onPiece` may have a piece or its answer lost. */
async function takesImage(onPiece: (count: number) => 'lost' | undefined): Promise<string> {
  const path = join(dir, 'card.img');
  writeFileSync(path, 'begins like this');
  truncateSync(path, SIZE);
  const { sha256 } = await hashFile(path);
  const view = () => ({
    body: { sha256, sizeBytes: SIZE, offset: received.length, state: 'receiving' },
  });
  let pieces = 0;
  fake.route('POST /images/query', () => ({ body: { missing: [sha256] } }));
  fake.route(`PUT /uploads/${sha256}`, view);
  fake.route(`PATCH /uploads/${sha256}`, ({ url, headers, body }) => {
    if (url.endsWith(`?offset=${received.length}`)) {
      const bytes = Buffer.from(body, 'latin1');
      received = Buffer.concat([
        received,
        headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes,
      ]);
    } else return problem(409, 'conflict', 'the next piece begins elsewhere');
    pieces += 1;
    return onPiece(pieces) === 'lost' ? { body: '', lost: true } : view();
  });
  fake.route(`POST /uploads/${sha256}/finish`, () => ({ body: { ...view().body, state: 'done' } }));
  return path;
}

const submit = (path: string) =>
  callCli(['submit', path, '--target', 'K64F', '--no-wait'], { cwd: dir, url: fake.url });

describe('a large image', () => {
  it('is uploaded in packed pieces before the submission, which names it by its hash', async () => {
    const path = await takesImage(() => undefined);
    const { exitCode, err } = await submit(path);
    expect(exitCode).toBe(0);
    expect(received.length).toBe(SIZE);
    expect(received.toString('latin1', 0, 16)).toBe('begins like this');
    const sent = fake.requests.filter(({ method }) => method === 'PATCH');
    expect(sent).toHaveLength(3);
    expect(sent.map(({ headers }) => headers['content-encoding'])).toEqual(Array(3).fill('gzip'));
    const { spec, files } = uploadOf(fake);
    expect(files).toEqual([]);
    expect(spec.images).toMatchObject([{ name: 'card.img', sizeBytes: SIZE }]);
    expect(err).toContain('card.img: 40 of 40 MiB uploaded');
  });

  it('goes on behind what the farm has when an answer is lost', async () => {
    const path = await takesImage((count) => (count === 2 ? 'lost' : undefined));
    expect((await submit(path)).exitCode).toBe(0);
    expect(received.length).toBe(SIZE);
    expect(fake.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  it('over 4 GiB is refused before a byte is read, with the limit', async () => {
    const path = join(dir, 'huge.img');
    writeFileSync(path, '');
    truncateSync(path, 4 * 1024 * MIB + 512);
    const { exitCode, err } = await submit(path);
    expect(exitCode).toBe(2);
    expect(err).toContain(`huge.img: is over ${4 * 1024 * MIB} bytes`);
    expect(fake.requests).toEqual([]);
  });
});
