import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RoomProcess } from '../src/process/room-process.js';
import { tempDir } from './support/call-cli.js';

let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.remove());

/** A room of a few lines of JavaScript. */
function room(code: string): RoomProcess {
  const script = join(dir.path, 'room.mjs');
  writeFileSync(script, code);
  const env = { PATH: process.env.PATH ?? '' };
  return new RoomProcess({ name: 'room', script, env, logFile: join(dir.path, 'room.log') });
}
const READY = `console.log('{"ready":true,"url":"http://x"}');`;
const FOREVER = 'setInterval(() => {}, 1000);';
const never = new AbortController().signal;

describe('a process of the farm', () => {
  it('is ready when its first line says so', async () => {
    const process = room(READY + FOREVER);
    expect(await process.ready(never)).toEqual({ ready: true, url: 'http://x' });
    await process.stop();
  });

  it('shows the end of its log when it ends instead', async () => {
    const process = room(`console.error('first'); console.error('no disk'); process.exit(7);`);
    await expect(process.ready(never)).rejects.toThrow(
      'the room ended by itself (exit code 7)\n  | first\n  | no disk',
    );
    await process.stop();
  });

  it('is refused when its first line is something else', async () => {
    const process = room(`console.log('hello');${FOREVER}`);
    await expect(process.ready(never)).rejects.toThrow(/printed "hello" instead of its ready line/);
    await process.stop();
  });

  it('is not waited for once the caller has been interrupted', async () => {
    const interrupt = new AbortController();
    const process = room(FOREVER);
    const ready = process.ready(interrupt.signal);
    interrupt.abort(new Error('Ctrl-C'));
    await expect(ready).rejects.toThrow('Ctrl-C');
    await process.stop();
  });

  it('reports that it died later', async () => {
    const order = join(dir.path, 'order');
    mkdirSync(order);
    const obey = `watch(${JSON.stringify(order)}, () => process.abort());`;
    const process = room(`import { watch } from 'node:fs'; ${obey} ${READY}`);
    await process.ready(never);
    writeFileSync(join(order, 'end'), '');
    await expect(process.failure()).rejects.toThrow('the room ended by itself (SIGABRT)');
    await process.stop();
  });

  it('takes with it what it started and left behind', async () => {
    const child = `setInterval(() => {}, 1000); console.log(process.pid);`;
    const process = room(`
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.once('data', (pid) => console.log(JSON.stringify({ ready: true, url: pid.toString().trim() })));
    `);
    const { url } = await process.ready(never);
    await process.stop();
    await gone(Number(url));
  });
});

describe('a tied child', () => {
  it('ends when its parent is killed without a chance to end it', async () => {
    const script = join(dir.path, 'child.mjs');
    writeFileSync(script, `console.log('up');${FOREVER}`);
    const helper = fileURLToPath(new URL('./support/tied-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', helper, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    // Both hold the pipe: it closes when the last of them is gone.
    const ends = [once(parent, 'exit'), once(parent.stdout.resume(), 'close')];
    parent.kill('SIGKILL');
    expect((await Promise.all(ends))[0]).toEqual([null, 'SIGKILL']);
  });
});

/** Waits until the kernel knows no such process, or only the corpse of one. */
async function gone(pid: number): Promise<void> {
  const waiter = spawn('tail', ['--pid', String(pid), '-f', '/dev/null'], { stdio: 'ignore' });
  await once(waiter, 'exit');
}
