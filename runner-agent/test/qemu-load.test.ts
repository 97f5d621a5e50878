import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { behindMsOf, loadOf } from '../src/drivers/board/qemu-load.js';

describe('what the machine gave a process', () => {
  it('grows while it works and is unknown once it is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); for (;;);'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('node could not be started');
    await once(child.stdout, 'data');
    const before = loadOf(pid);
    // It works for as long as it gets a processor, so this ends.
    let now = before;
    while (before && now && now.ranUs <= before.ranUs) now = loadOf(pid);
    expect(now?.ranUs).toBeGreaterThan(before?.ranUs ?? Number.POSITIVE_INFINITY);
    expect(now?.waitedUs).toBeGreaterThanOrEqual(before?.waitedUs ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(loadOf(pid)).toBeUndefined();
  });
});

describe('the clock of a machine that counts instructions', () => {
  it.each([
    ['Host - Guest clock  388 ms\n', 388],
    ['Translation buffer state:\nHost - Guest clock  -1153 ms\nMax guest delay 3 ms\n', -1153],
    ['Translation buffer state:\n', undefined],
  ])('is read from %j', (text, expected) => {
    expect(behindMsOf({ 'human-readable-text': text })).toBe(expected);
  });

  it('is unknown when QEMU answers something else', () => {
    for (const answer of [undefined, 5, {}, { 'human-readable-text': 7 }])
      expect(behindMsOf(answer)).toBeUndefined();
  });
});
