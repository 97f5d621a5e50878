import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, problemAt } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

let farm: TestFarm;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'greenrack-pages-'));
  // As below a home directory's dot folder, where installations live.
  const dir = join(root, '.app', 'dist');
  await mkdir(join(dir, 'assets'), { recursive: true });
  await writeFile(join(dir, 'index.html'), '<!doctype html><title>Greenrack</title>');
  await writeFile(join(dir, 'assets', 'index-BxYz1234.js'), 'export const a = 1;');
  await writeFile(join(dir, 'favicon.svg'), '<svg/>');
  await writeFile(join(root, 'outside.txt'), 'not for you');
  farm = await startFarm({ dashboardDir: dir });
});
afterAll(async () => {
  await farm.close();
  await rm(root, { recursive: true });
});

const html = { headers: { accept: 'text/html,*/*' } };

describe('the web app', () => {
  it.each(['/', '/submissions/sub_1', '/boards/virt-m3-01'])('has its page at %s', async (path) => {
    const response = await ask(farm, path, html);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).toContain('<title>Greenrack</title>');
  });

  it('may be kept forever where names carry a hash, and is asked for again elsewhere', async () => {
    const script = await ask(farm, '/assets/index-BxYz1234.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    const icon = await ask(farm, '/favicon.svg');
    expect(icon.headers.get('cache-control')).toBe('no-cache');
  });

  it('never answers for the API, for missing files, or for a program', async () => {
    for (const path of ['/api/v1/nothing', '/api', '/assets/index-old.js'])
      expect((await problemAt(farm, path, html)).code).toBe('not_found');
    const program = { headers: { accept: 'application/json' } };
    expect((await problemAt(farm, '/submissions', program)).code).toBe('not_found');
  });

  it.each(['/../outside.txt', '/..%2foutside.txt', '/assets/..%2f..%2f..%2foutside.txt', '/%00'])(
    'does not leave its folder for %s',
    async (path) => {
      const response = await ask(farm, path);
      expect(await response.text()).not.toContain('not for you');
    },
  );
});
