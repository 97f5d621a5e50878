import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll } from '@jest/globals';
import { callCli } from './call-cli.js';
import { dir, fake } from './cli-bench.js';
import { NOTES, runCoverageImage, tarOf } from './coverage-image.js';
import { runId, runView } from './views.js';

/** The coverage files of an image that has run on QEMU, by their paths, and that of ring.c among them. */
export let image: Map<string, Buffer>;
export let ring: Buffer;

beforeAll(async () => {
  image = await runCoverageImage();
  ring = [...image].find(([path]) => path.endsWith('#ring.c.gcda'))?.[1] ?? Buffer.alloc(0);
});

/** A run that has ended, with the archive of each of its attempts. */
export function hasRun(index: number, ...archives: Buffer[]): void {
  const view = runView(index, { state: 'finished', verdict: 'pass', attempts: archives.length });
  fake.runs[index] = view;
  fake.route(`GET /runs/${runId(index)}`, () => ({
    body: { ...view, attemptList: [], waiting: null },
  }));
  archives.forEach((body, i) => {
    fake.route(`GET /runs/${runId(index)}/attempts/${i + 1}/coverage`, () => ({ body }));
  });
}
/** An archive with one coverage file. */
export const withRing = (path = 'ci/build/apps/coverage/ring.c.gcda', data = ring) =>
  tarOf([[path, data]]);
/** Calls `greenrack coverage` with a folder of notes. */
export const coverageOf = (build: string, ...args: string[]) =>
  callCli(['coverage', '--build-dir', build, ...args], {
    cwd: dir.path,
    url: fake.url,
    env: { PATH: process.env.PATH ?? '' },
  });
export const coverage = (...args: string[]) => coverageOf(NOTES, ...args);
export const written = () => readFileSync(join(dir.path, 'coverage.info'), 'utf8');
export const isWritten = () => existsSync(join(dir.path, 'coverage.info'));
export const tempFolders = () =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('greenrack-gcov-'));
