import { mkdir } from 'node:fs/promises';
import { chromium, type Page } from 'playwright-core';
import { fixtureId } from './fixture-views.js';

/*
 * Takes pictures of the pages of a fixture controller:  tsx test/support/look.ts <url> <out> [name …]
 */
const [url = 'http://127.0.0.1:8090', out = '/tmp/look', ...names] = process.argv.slice(2);
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  // Containers have 64 MB of it, and a page that needs more dies.
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const run = (submission: number, ordinal: number) =>
  `/runs/${fixtureId('run', submission * 10_000 + ordinal)}`;

interface Shot {
  readonly path: string;
  /** Draws only what is in sight: a picture of the whole page would show gaps. */
  readonly long?: boolean;
  readonly act?: (page: Page) => Promise<void>;
  readonly after?: (page: Page) => Promise<void>;
}

const SHOTS: Record<string, Shot> = {
  farm: { path: '/' },
  board: { path: '/boards/virt-cm3ds-02' },
  boardLong: { path: '/boards/0240000028884e450019700f6bf0000f8021000097969900' },
  submissions: { path: '/submissions' },
  active: { path: `/submissions/${fixtureId('sub', 1)}`, long: true },
  huge: {
    path: `/submissions/${fixtureId('sub', 11)}?sort=verdict`,
    long: true,
    act: (page) => page.evaluate('scrollTo(0, 1200)'),
  },
  runFail: { path: run(2, 3) },
  runCrash: { path: run(2, 5) },
  runFlaky: { path: `${run(2, 8)}?attempt=1` },
  runInfra: { path: run(2, 10) },
  runQueued: { path: run(1, 239) },
  runBlocked: { path: run(1, 238) },
  runLive: {
    path: '/',
    act: async (page) => {
      await page.locator('.edge-leased .board-now').getByRole('link').first().click();
      await page.waitForSelector('.console-live, .console-complete');
    },
  },
  runBig: {
    path: run(2, 7),
    act: async (page) => {
      await page.waitForSelector('.console-complete');
      await page.getByPlaceholder('Search').fill('sample 4242 ');
      await page.keyboard.press('Enter');
    },
  },
  gone: {
    path: '/',
    act: async (page) => {
      await page.waitForSelector('.link-live');
      await page.request.post(`${url}/fixture/gone`);
      await page.waitForSelector('.link-gone');
    },
    after: async (page) => {
      await page.request.post(`${url}/fixture/back`);
      await page.waitForSelector('.link-live');
    },
  },
  missing: { path: '/submissions/sub_0000000000000000000zzzz' },
};

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
await mkdir(out, { recursive: true });
for (const [size, viewport] of Object.entries(SIZES))
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport, colorScheme });
    page.on('pageerror', (error) => console.log('page error:', error.message));
    page.on('console', (message) => {
      if (message.type() !== 'log') console.log(`${message.type()}: ${message.text()}`);
    });
    for (const name of names.length > 0 ? names : Object.keys(SHOTS)) {
      const shot = SHOTS[name];
      if (!shot) throw new Error(`no shot ${name}`);
      await page.goto(url + shot.path);
      await page.waitForSelector('h1, h2');
      await shot.act?.(page);
      // Pictures only: nothing is judged by this wait.
      await page.waitForTimeout(900);
      await page.screenshot({
        path: `${out}/${name}-${size}-${colorScheme}.png`,
        fullPage: size === 'narrow' && !shot.long,
      });
      await shot.after?.(page);
    }
    await page.close();
  }
await browser.close();
