import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pack } from 'tar-stream';
import { coverageArchive } from '../../src/query/coverage-archive.js';
import { coverageFiles } from '../../src/query/coverage-files.js';
import { consoleLog, startRun } from '../web/support/attempts.js';
import { ask } from '../web/support/request.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

const big = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));
const line = (path: string, data: Uint8Array): string => {
  const digits = Array.from(data, (byte) =>
    byte === 0 ? '.' : Buffer.from([byte]).toString('hex'),
  );
  return `{{__coverage_start;${path};${digits.join('')}}}\r\n`;
};
const longPath = `/build/${'deep/'.repeat(40)}main.gcda`;

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

/** Downloads the archive of a run that printed `texts`, and unpacks it with tar. */
async function unpacked(
  ...texts: string[]
): Promise<{ names: string[]; read(name: string): Buffer }> {
  const run = await startRun(farm);
  await run.print(consoleLog(1_700_000_000_000, ...texts.map((text) => ({ text }))));
  const response = await ask(farm, `/api/v1/runs/${run.runId}/attempts/1/coverage`, {
    as: 'viewer',
  });
  await run.end('pass');
  expect(response.headers.get('content-type')).toBe('application/x-tar');
  expect(response.headers.get('content-disposition')).toContain(`${run.runId}-1-coverage.tar`);
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-coverage-'));
  try {
    const archive = join(dir, 'coverage.tar');
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    execFileSync('tar', ['-xf', archive, '-C', dir]);
    const names = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).split('\n');
    const contents = new Map(
      names.filter(Boolean).map((name) => [name, readFileSync(join(dir, name))]),
    );
    return {
      names: [...contents.keys()],
      read: (name) => contents.get(name) ?? Buffer.from('missing'),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function archiveOf(text: string): Promise<Buffer> {
  async function* log() {
    yield consoleLog(0, { text });
  }
  return buffer(coverageArchive(log()));
}

describe('the coverage of an attempt', () => {
  it('is an archive of the files that the image printed', async () => {
    const text = `>>> x\r\n${line('/build/src/main.gcda', Buffer.from('gcda\0\0\u0001'))}${line('C:\\b\\lib.gcda', big)}{{end;success}}\r\n`;
    const { names, read } = await unpacked(
      text.slice(0, 30),
      text.slice(30, 90_000),
      text.slice(90_000),
    );
    expect(names).toEqual(['build/src/main.gcda', 'b/lib.gcda']);
    expect(read('build/src/main.gcda')).toEqual(Buffer.from('gcda\0\0\u0001'));
    expect(read('b/lib.gcda').equals(big)).toBe(true);
  });

  it('keeps a path that is too long for the header of a tar file', async () => {
    const { names } = await unpacked(line(longPath, Buffer.from('x')));
    expect(names).toEqual([longPath.slice(1)]);
  });

  it('names what was damaged or would leave the folder, and keeps the rest', async () => {
    const { names, read } = await unpacked(
      `{{__coverage_start;/cut.gcda;67\r\n{{__coverage_start;/odd.gcda;676}}\r\n${line('/../../etc/passwd', Buffer.from('x'))}${line('/good.gcda', Buffer.from('y'))}`,
    );
    expect(names).toEqual(['good.gcda', 'DAMAGED.txt']);
    expect(read('DAMAGED.txt').toString()).toBe('"/cut.gcda"\n"/odd.gcda"\n"/../../etc/passwd"\n');
  });

  it('is an empty archive when the image printed none', async () => {
    expect((await unpacked('{{end;success}}\r\n')).names).toEqual([]);
  });

  it('says nothing of when it was packed', async () => {
    const text = line('/a.gcda', Buffer.from('x')) + line(`${longPath}é`, big);
    const [first, second] = await Promise.all([archiveOf(text), archiveOf(text)]);
    expect(first.equals(second)).toBe(true);
    const listed = execFileSync('tar', ['--utc', '-tvf', '-'], {
      input: first,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    expect(listed).toBe(
      `-rw-r--r-- 0/0               1 1970-01-01 00:00 a.gcda\n-rw-r--r-- 0/0           70000 1970-01-01 00:00 ${longPath.slice(1)}é\n`,
    );
  });

  it('is read no further when nobody takes it', async () => {
    const file = { text: line('/a.gcda', big) };
    const bytes = consoleLog(0, ...Array.from({ length: 40 }, () => file));
    const isReadOut = new Promise<boolean>((resolve) => {
      async function* log() {
        try {
          for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
          resolve(true);
        } finally {
          resolve(false);
        }
      }
      coverageArchive(log()).once('data', function (this: Pack) {
        this.destroy();
      });
    });
    expect(await isReadOut).toBe(false);
  });
});

describe('coverage files', () => {
  async function read(pieces: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    async function* bytes() {
      for (const piece of pieces) yield Buffer.from(piece, 'latin1');
    }
    for await (const { path, data } of coverageFiles(bytes(), 1))
      found.push(`${path}:${data ? Buffer.from(data).toString('hex') : 'damaged'}`);
    return found;
  }

  it('of a large console are read in turns with everything else', async () => {
    let turns = 0;
    let isRead = false;
    const count = () => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const text = Buffer.from(line('/big.gcda', big));
    async function* bytes() {
      for (let i = 0; i < 200; i++) yield text;
    }
    let files = 0;
    for await (const { data } of coverageFiles(bytes())) if (data) files += 1;
    isRead = true;
    expect(files).toBe(200);
    expect(turns).toBeGreaterThan(0);
  });

  it('are the same however the text is cut, and those of a regular expression', async () => {
    const part = fc.constantFrom(
      ...['{{__coverage_start;', '/a.gcda;', '67.', '}}', '}', '\r\n', '{{', 'x', ';', '{{__cov'],
      ...[line('/a.gcda', Buffer.from('a\0b')), line('/b.gcda', Buffer.from('c'))],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 40 }),
        fc.array(fc.nat(400)),
        async (parts, cuts) => {
          const text = parts.join('');
          const edges = [
            0,
            ...cuts.map((cut) => cut % (text.length + 1)).sort((x, y) => x - y),
            text.length,
          ];
          const whole = await read([text]);
          expect(await read(edges.slice(1).map((end, i) => text.slice(edges[i], end)))).toEqual(
            whole,
          );
          const lines = text.split('\n').map((one) => `${one}\n`);
          const found = lines.flatMap(
            (one) => one.match(/\{\{__coverage_start;[^\n]*?\}\}/g) ?? [],
          );
          expect(whole.filter((one) => !one.endsWith('damaged')).length).toBeLessThanOrEqual(
            found.length,
          );
          for (const file of found.filter((one) =>
            /^\{\{[^{};]*;[^{};]+;(\.|[0-9a-f]{2})*\}\}$/.test(one),
          ))
            expect(whole).toContain((await read([file]))[0]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('do not make a reader hold a file that never ends', async () => {
    const endless = [
      '{{__coverage_start;/a;',
      ...Array.from({ length: 40 }, () => '67'.repeat(35_000)),
    ];
    expect(await read([...endless, `\r\n${line('/b', Buffer.from('c'))}`])).toEqual(['/b:63']);
  });
});
