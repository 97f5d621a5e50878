import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { callCli, tempDir } from './call-cli.js';
import { FakeFarm } from './fake-farm.js';

/** A farm that the test plays, and a folder to call from: new for each test of a file that imports them. */
export let fake: FakeFarm;
export let dir: ReturnType<typeof tempDir>;

beforeEach(async () => {
  fake = new FakeFarm();
  dir = tempDir();
  await fake.start();
});
afterEach(async () => {
  await fake.stop();
  dir.remove();
});

/** Calls the command line in the folder, with the farm's address. */
export const cli = (...args: string[]) => callCli(args, { cwd: dir.path, url: fake.url });

/** Writes a file below the folder, objects as JSON, and answers its path. */
export function put(name: string, content: string | object = name): string {
  const path = join(dir.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
