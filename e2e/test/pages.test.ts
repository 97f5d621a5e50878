import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { SubmissionCreated } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { imagePath } from '../src/images.js';
import { proxyTo } from '../src/plain-proxy.js';
import { ROOT, TestFarm } from '../src/test-farm.js';
import { TestBrowser } from './support/browser.js';

const TARGET = 'FVP_MPS2_M3';
describe('the pages of a living farm', () => {
  let farm: TestFarm;
  let browser: TestBrowser;
  let page: Page;
  let created: SubmissionCreated;
  let errors: readonly string[];

  beforeAll(async () => {
    farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 2 } }],
      controllerEnv: {
        GREENRACK_ANONYMOUS_ROLE: 'viewer',
        GREENRACK_DASHBOARD_DIR: join(ROOT, 'dashboards/dist'),
      },
    });
    const spec = {
      version: 1,
      name: 'pages',
      runs: [
        { image: 'fail.elf', target: TARGET },
        { image: 'soak.elf', target: TARGET },
      ],
    };
    created = await farm.client.submit(
      spec,
      ['fail', 'soak'].map((app) => imagePath(TARGET, app)),
    );
    browser = await TestBrowser.start();
    errors = browser.errors;
    page = await browser.page();
  });
  afterAll(async () => {
    await browser?.stop();
    await farm?.stop();
  });

  const runId = (index: number) => created.runs[index]?.id ?? '';

  it('show the boards and the latest submission', async () => {
    await page.goto(farm.client.url);
    await page.getByText('lab-fvp-mps2-m3-1').first().waitFor();
    await page.getByText('pages').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('send no more than 200 kB before the first of them is drawn', () => {
    const dist = join(ROOT, 'dashboards/dist');
    const index = readFileSync(join(dist, 'index.html'), 'utf8');
    const files = [...index.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => found[1]);
    expect(files.length).toBeGreaterThan(1);
    const bytes = files.map((file) => gzipSync(readFileSync(join(dist, String(file)))).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(200_000);
  });

  it('fill the console of a running board without a reload, and keep it after the end', async () => {
    await page.goto(`${farm.client.url}/runs/${runId(1)}`);
    await page
      .getByText(/soak line/)
      .first()
      .waitFor({ timeout: 60_000 });
    await farm.client.finished(created.submission.id);
    await page.getByText('pass', { exact: false }).first().waitFor();
    expect(errors).toEqual([]);
  });

  it('show where the failing assertion stands', async () => {
    await page.goto(`${farm.client.url}/runs/${runId(0)}`);
    await page
      .getByText(/fail\/main\.c:\d+/)
      .first()
      .waitFor({ timeout: 60_000 });
    await page.goto(`${farm.client.url}/submissions/${created.submission.id}`);
    await page
      .getByText(/fail\/main\.c:\d+/)
      .first()
      .waitFor({ timeout: 60_000 });
    expect(errors).toEqual([]);
  });

  it('stand where the reader left them when he comes back', async () => {
    await page.setViewportSize({ width: 800, height: 300 });
    await page.goto(`${farm.client.url}/submissions/${created.submission.id}`);
    const link = page.locator('a[href^="/runs/"]').first();
    await link.waitFor();
    // A frame later the page has heard of the scrolling.
    await page.evaluate('scrollTo(0, 150)');
    await page.evaluate(
      'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
    );
    const left = Number(await page.evaluate('scrollY'));
    expect(left).toBeGreaterThan(0);
    await link.dispatchEvent('click');
    await page.waitForURL('**/runs/**');
    await page.waitForFunction(() => Reflect.get(globalThis, 'scrollY') === 0);
    await page.goBack();
    await page.waitForFunction((top) => Reflect.get(globalThis, 'scrollY') === top, left);
    expect(errors).toEqual([]);
  });

  it('say what is missing behind a proxy that passes no WebSocket, and go on by asking', async () => {
    const proxy = proxyTo(farm.client.url);
    await once(proxy, 'listening');
    try {
      await page.goto(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      await page.getByText(/has to pass the headers Upgrade and Connection on/).waitFor();
      await page.getByText('lab-fvp-mps2-m3-1').first().waitFor();
      const spec = { version: 1, name: 'asked for', runs: [{ image: 'pass.elf', target: TARGET }] };
      await farm.client.submit(spec, [imagePath(TARGET, 'pass')]);
      await page.getByText('asked for').first().waitFor();
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
