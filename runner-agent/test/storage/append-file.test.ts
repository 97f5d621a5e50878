import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppendFile } from '../../src/storage/append-file.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-append-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const quiet = { onWritten: () => undefined, onError: () => undefined };

describe('a file that only grows', () => {
  it('has every byte in order after a flush, and tells of them only when they are there', async () => {
    const path = join(dir, 'a');
    const claims: boolean[] = [];
    const file = await AppendFile.open(path, 0, {
      ...quiet,
      lingerMs: 5,
      onWritten: (_batch, total) => claims.push(readFileSync(path).length === total),
    });
    const pieces = Array.from({ length: 3000 }, (_, i) => Buffer.from(`piece ${i}\n`));
    for (const [i, piece] of pieces.entries()) {
      file.append(piece);
      if (i % 700 === 0) await file.flush();
    }
    await file.flush();
    await file.close();
    expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true);
    expect(claims.length).toBeGreaterThan(0);
    expect(claims).not.toContain(false);
  });

  it('cuts off what stands behind the size that it is opened with', async () => {
    const path = join(dir, 'a');
    writeFileSync(path, 'good\ntorn');
    const file = await AppendFile.open(path, 5, { ...quiet, lingerMs: 0 });
    file.append(Buffer.from('next\n'));
    await file.flush();
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('good\nnext\n');
  });

  it('reports a full disk, claims nothing, and can still be closed', async () => {
    const path = join(dir, 'full');
    symlinkSync('/dev/full', path);
    let written = 0;
    const failed = new Promise<Error>((resolve, reject) => {
      AppendFile.open(path, 0, {
        lingerMs: 0,
        onWritten: () => written++,
        onError: (error) => resolve(error),
      }).then((file) => {
        file.append(Buffer.from('x'));
        opened = file;
      }, reject);
    });
    let opened: AppendFile | undefined;
    expect((await failed).message).toMatch(/ENOSPC/);
    await opened?.close();
    expect(written).toBe(0);
  });
});
