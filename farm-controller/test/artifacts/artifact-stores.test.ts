import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { s3Location } from '../../src/artifacts/open-artifacts.js';
import { S3Artifacts } from '../../src/artifacts/s3-artifacts.js';
import type { ArtifactStore } from '../../src/store/ports.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { S3_KEYS, S3Server } from '../support/s3-server.js';
import { artifactsContract, pieces } from './artifacts.contract.js';

const MB = 1024 * 1024;
let dir: string;
let server: S3Server;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-artifacts-'));
  Object.assign(process.env, S3_KEYS);
  server = new S3Server(join(dir, 's3'));
  await server.start();
});
afterAll(async () => {
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});

describe('artifacts in a folder', () => {
  let store: ArtifactStore;
  const folder = () => join(dir, 'folder');
  beforeAll(async () => {
    store = await openFolderArtifacts(folder());
  });
  artifactsContract(() => ({ store, dir }));

  it('are never seen unfinished', async () => {
    async function* half() {
      yield Buffer.from('half');
      expect(await store.stat('streams/ab/half')).toBeUndefined();
      yield Buffer.from('whole');
    }
    await store.put('streams/ab/half', half());
    expect(await text(store.read('streams/ab/half'))).toBe('halfwhole');
    expect(readdirSync(join(folder(), 'tmp'))).toEqual([]);
  });

  it('say storage_full when the disk is', async () => {
    async function* source() {
      yield Buffer.from('x');
      throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    }
    const put = store.put('streams/ab/full', source());
    await expect(put).rejects.toMatchObject({ code: 'storage_full' });
  });
});

describe('artifacts in an S3-compatible store', () => {
  let store: ArtifactStore;
  beforeAll(() => {
    store = new S3Artifacts(s3Location(server.url()), 60_000);
  });
  artifactsContract(() => ({ store, dir }));

  it('are where another controller finds them', async () => {
    await store.put('streams/ab/shared', pieces(Buffer.from('seen by all')));
    const other = new S3Artifacts(s3Location(server.url()), 60_000);
    expect(await text(other.read('streams/ab/shared'))).toBe('seen by all');
  });
});

describe('an S3-compatible store in trouble', () => {
  let proxy: FaultProxy;
  let store: ArtifactStore;
  const bytes = randomBytes(4 * MB);
  beforeEach(async () => {
    proxy = new FaultProxy(server.port);
    const port = await proxy.listen();
    const direct = new S3Artifacts(s3Location(server.url()), 60_000);
    await direct.put('streams/ab/known', pieces(bytes));
    store = new S3Artifacts(s3Location(server.url(port)), 1_000);
  });
  afterEach(() => proxy.close());
  const away = { code: 'unavailable' };
  const calls: [string, () => Promise<unknown>][] = [
    ['put', () => store.put('streams/ab/new', pieces(bytes))],
    ['read', () => buffer(store.read('streams/ab/known'))],
    ['stat', () => store.stat('streams/ab/known')],
    ['delete', () => store.delete('streams/ab/other')],
    ['list', () => store.list('streams')[Symbol.asyncIterator]().next()],
  ];

  it.each(calls)(
    'that says nothing: %s is given up, and works when it answers again',
    async (_, call) => {
      Object.assign(proxy, { allowance: 0, afterwards: 'stall' });
      await expect(call()).rejects.toMatchObject(away);
      proxy.allowance = Number.POSITIVE_INFINITY;
      await call();
    },
  );

  it.each(calls)('that cuts every connection: %s says that it is away', async (_, call) => {
    proxy.allowance = 0;
    await expect(call()).rejects.toMatchObject(away);
  });

  it('that breaks off or stalls in the middle of a file never passes for the end of it', async () => {
    for (const afterwards of ['cut', 'stall'] as const) {
      Object.assign(proxy, { allowance: MB, afterwards });
      await expect(buffer(store.read('streams/ab/known'))).rejects.toMatchObject(away);
    }
  });

  it('that is slow is waited for as long as something comes', async () => {
    let given = 0;
    async function* slow() {
      for (; given < 8; given++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        yield randomBytes(1000);
      }
    }
    expect(await store.put('streams/ab/slow', slow())).toBe(8000);
  });

  it('that is full is told from one that is away', async () => {
    const full = createServer((_req, res) => {
      res.writeHead(507, { 'Content-Type': 'application/xml' });
      res.end('<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>');
    }).listen(0, '127.0.0.1');
    await once(full, 'listening');
    const { port } = full.address() as AddressInfo;
    const other = new S3Artifacts(s3Location(server.url(port)), 5_000);
    const put = other.put('streams/ab/new', pieces(bytes));
    await expect(put).rejects.toMatchObject({ code: 'storage_full' });
    full.close();
    full.closeAllConnections();
  });
});

describe('the URL of an artifact store', () => {
  it('names bucket, prefix, endpoint and region', () => {
    expect(s3Location('s3://b/p/q/?endpoint=https://minio:9000&region=eu-1')).toEqual({
      ...{ bucket: 'b', prefix: 'p/q/', region: 'eu-1', endpoint: 'https://minio:9000' },
    });
    expect(s3Location('s3://b')).toEqual({ bucket: 'b', prefix: '', region: 'us-east-1' });
  });

  it.each(['s3://key:secret@b/', 's3://b?endpoint=ftp://x', 's3://b?regoin=x'])(
    'is refused as %s',
    (url) => {
      expect(() => s3Location(url)).toThrow(/GREENRACK_ARTIFACTS_URL/);
    },
  );
});
