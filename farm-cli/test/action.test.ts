import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jobSummary, MAX_SUMMARY_BYTES } from '../src/action/job-summary.js';
import { errorCommand, withoutCommands } from '../src/action/workflow-commands.js';
import { workspaceFile } from '../src/action/workspace-file.js';
import type { RunSummary } from '../src/output/verdict-table.js';

describe('a command of a workflow', () => {
  it('holds whatever firmware wrote, and ends where its field ends', () => {
    const text = '100%\r\n::warning::x,y:z';
    expect(errorCommand({ title: text, message: text, file: 'a,b:c.c', line: 7 })).toBe(
      '::error file=a%2Cb%3Ac.c,line=7,title=100%25%0D%0A%3A%3Awarning%3A%3Ax%2Cy%3Az::100%25%0D%0A::warning::x,y:z',
    );
    expect(errorCommand({ title: 't', message: 'a\ud800', line: 7 })).toBe(
      '::error title=t::a\ufffd',
    );
  });

  it('is not taken from what is printed between, also when that fails', async () => {
    const lines: string[] = [];
    const stream = {
      write: (line: unknown) => lines.push(String(line)) > 0,
      once: () => undefined,
    };
    const work = withoutCommands(stream, async () => {
      stream.write('::error::owned\n');
      throw new Error('over');
    });
    await expect(work).rejects.toThrow('over');
    const [, word] = /^::stop-commands::(\S{36})\n$/.exec(lines[0] ?? '') ?? [];
    expect(lines.slice(1)).toEqual(['::error::owned\n', `\n::${word}::\n`]);
  });
});

describe('the summary of a job', () => {
  const run = (n: number, more: Partial<RunSummary> = {}): RunSummary => ({
    ...{ id: `run_${n}`, name: `run ${n}`, target: 'K64F', board: 'b1', verdict: 'pass' },
    ...{ rawVerdict: 'pass', reason: null, message: '', durationMs: 1, ...more },
  });

  it('is never longer than GitHub takes, names what failed first and counts the rest', () => {
    const hostile = '|`<script>💥\n'.repeat(400);
    const many = Array.from({ length: 20_000 }, (_, n) => run(n, { name: hostile }));
    const text = jobSummary(
      [...many, run(1, { verdict: 'fail', name: 'last', message: hostile })],
      'https://farm.example/submissions/sub_1',
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_SUMMARY_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_SUMMARY_BYTES - 10_000);
    expect(text).toMatch(/\|---\|\n\| last \|/);
    expect(text).toMatch(/… and \d+ more\n\n\[Consoles/);
    expect(text).not.toMatch(/<script>|`/);
  });
});

describe('the file that firmware means', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-workspace-'));
    mkdirSync(join(dir, 'a/src'), { recursive: true });
    for (const file of ['a/src/main.c', 'main.c']) writeFileSync(join(dir, file), '');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it.each([
    ['/builds/x/a/src/main.c', 'a/src/main.c'],
    ['C:\\work\\a\\src\\main.c', 'a/src/main.c'],
    ['../../a/src/main.c', 'a/src/main.c'],
    ['other/main.c', 'main.c'],
    ['/etc/passwd', undefined],
    ['../../../etc/passwd', undefined],
    ['a/src', undefined],
    ['', undefined],
    [`${'x'.repeat(5_000)}/\u0000/other.c`, undefined],
  ])('by %j is %j', (named, found) => {
    expect(workspaceFile(dir, named)).toBe(found);
  });
});
