import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamKey, StreamSpool } from '../../src/store/ports.js';
import { adoptConsoleLogs, openStreamSpool } from '../../src/streams/stream-spool.js';

const proof = (bytes: Uint8Array) => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('the spool of streams', () => {
  let dir: string;
  let store: StreamSpool;
  const id: StreamKey = { attemptId: newId('att', 1), name: 'console' };
  const pathOf = ({ attemptId, name }: StreamKey) =>
    join(dir, attemptId.slice(-2), `${attemptId}.${name}`);
  const sizeOf = async ({ attemptId, name }: StreamKey) =>
    (await store.sizes(attemptId))[name] ?? 0;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-console-'));
    store = await openStreamSpool(dir);
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('appends in order, skips what it knows and refuses a gap', async () => {
    const bytes = randomBytes(1000);
    expect(await store.append(id, 0, bytes.subarray(0, 400))).toBe(400);
    expect(await store.append(id, 500, bytes.subarray(500))).toBe(400);
    expect(await store.append(id, 100, bytes.subarray(100, 300))).toBe(400);
    expect(await store.append(id, 300, bytes.subarray(300, 1000))).toBe(1000);
    expect(await sizeOf(id)).toBe(1000);
    expect((await all(store.read(id, 0))).equals(bytes)).toBe(true);
    expect((await all(store.read(id, 990))).equals(bytes.subarray(990))).toBe(true);
  });

  it('takes chunks that are sent without waiting', async () => {
    const bytes = randomBytes(64_000);
    const sent = Array.from({ length: 64 }, (_, i) =>
      store.append(id, i * 1000, bytes.subarray(i * 1000, (i + 1) * 1000)),
    );
    expect((await Promise.all(sent)).at(-1)).toBe(64_000);
    expect(await store.prove(id, proof(bytes))).toBe(true);
  });

  it('proves a complete log and finds a wrong one', async () => {
    const bytes = randomBytes(5000);
    await store.append(id, 0, bytes.subarray(0, 4999));
    expect(await store.prove(id, proof(bytes))).toBe(false);
    await store.append(id, 4999, bytes.subarray(4999));
    expect(await store.prove(id, { ...proof(bytes), sha256: '0'.repeat(64) })).toBe(false);
    expect(await store.prove(id, proof(bytes))).toBe(true);
    expect(await store.prove(id, proof(bytes))).toBe(true);
  });

  it('proves an empty log without a file', async () => {
    expect(await store.prove(id, proof(new Uint8Array(0)))).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
    expect(await all(store.read(id, 0))).toHaveLength(0);
  });

  it('goes on after a restart with the hash of what is stored', async () => {
    const bytes = randomBytes(3_000_000);
    await store.append(id, 0, bytes.subarray(0, 2_500_000));
    await store.close();
    store = await openStreamSpool(dir);
    expect(await store.append(id, 2_500_000, bytes.subarray(2_500_000))).toBe(3_000_000);
    expect(await store.prove(id, proof(bytes))).toBe(true);
  });

  it('sees what another controller has appended or lost meanwhile', async () => {
    const bytes = randomBytes(300);
    await store.append(id, 0, bytes.subarray(0, 100));
    appendFileSync(pathOf(id), bytes.subarray(100, 200));
    expect(await sizeOf(id)).toBe(200);
    await store.append(id, 200, bytes.subarray(200));
    expect(await store.prove(id, proof(bytes))).toBe(true);
    truncateSync(pathOf(id), 50);
    expect(await sizeOf(id)).toBe(50);
  });

  it('starts afresh after a reset', async () => {
    const bytes = randomBytes(100);
    await store.append(id, 0, randomBytes(500));
    await store.reset(id);
    expect(await sizeOf(id)).toBe(0);
    await store.append(id, 0, bytes);
    expect(await store.prove(id, proof(bytes))).toBe(true);
  });

  it('is read while it grows', async () => {
    const bytes = randomBytes(600_000);
    await store.append(id, 0, bytes.subarray(0, 300_000));
    const reader = store.read(id, 0)[Symbol.asyncIterator]();
    const first = await reader.next();
    await store.append(id, 300_000, bytes.subarray(300_000));
    const rest = await all({ [Symbol.asyncIterator]: () => reader });
    const seen = Buffer.concat([first.value ?? new Uint8Array(0), rest]);
    expect(seen.equals(bytes.subarray(0, seen.length))).toBe(true);
    expect(seen.length).toBeGreaterThanOrEqual(300_000);
  });

  it('keeps the streams of an attempt apart, and no more of them than an attempt may have', async () => {
    const { attemptId } = id;
    const names = ['console', ...Array.from({ length: 15 }, (_, i) => `trace-${i}`)];
    for (const [i, name] of names.entries())
      await store.append({ attemptId, name }, 0, randomBytes(i + 1));
    expect(await store.sizes(attemptId)).toEqual(
      Object.fromEntries(names.map((name, i) => [name, i + 1])),
    );
    const more = store.append({ attemptId, name: 'trace-more' }, 0, randomBytes(1));
    await expect(more).rejects.toMatchObject({ code: 'payload_too_large' });
    await store.remove({ attemptId, name: 'trace-3' });
    expect(Object.keys(await store.sizes(attemptId))).toHaveLength(15);
    const seen: string[] = [];
    for await (const attempt of store.attempts()) seen.push(attempt);
    expect(seen).toEqual([attemptId]);
  });

  it('takes over the logs of a controller one release older', async () => {
    const old = join(dir, 'consoles');
    const { attemptId } = id;
    mkdirSync(join(old, attemptId.slice(-2)), { recursive: true });
    writeFileSync(join(old, attemptId.slice(-2), `${attemptId}.grlog`), 'log');
    await store.close();
    await adoptConsoleLogs(old, join(dir, 'spool'));
    await adoptConsoleLogs(old, join(dir, 'spool'));
    store = await openStreamSpool(join(dir, 'spool'));
    expect(await store.sizes(attemptId)).toEqual({ console: 3 });
  });

  it('keeps no more files open than it may, and forgets none of their bytes', async () => {
    const small = await openStreamSpool(join(dir, 'small'), { maxOpen: 3, maxKnown: 5 });
    const logs = Array.from({ length: 12 }, () => ({
      id: { attemptId: newId('att', 2), name: 'console' },
      bytes: randomBytes(90),
    }));
    for (let at = 0; at < 90; at += 30)
      for (const log of logs) await small.append(log.id, at, log.bytes.subarray(at, at + 30));
    const open = readdirSync('/proc/self/fd').length;
    for (const log of logs) expect(await small.prove(log.id, proof(log.bytes))).toBe(true);
    await small.close();
    expect(open - readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(3);
  });

  it.each(['../../../etc/passwd', 'att_..', '', 'run_00000000000000000000000'])(
    'refuses %j as an attempt and as a stream',
    async (name) => {
      const refused = { code: 'invalid_request' };
      for (const key of [
        { attemptId: name, name: 'console' },
        { attemptId: id.attemptId, name },
      ]) {
        await expect(store.append(key, 0, randomBytes(1))).rejects.toMatchObject(refused);
        await expect(all(store.read(key, 0))).rejects.toMatchObject(refused);
      }
    },
  );
});
