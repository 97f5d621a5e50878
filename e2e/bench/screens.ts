/*
 * Pictures of the pages for the README, of a farm with a past: `bash scripts/bench.sh screens [folder]`. With `all` after
 * the folder, of every page at both widths and in both themes: to look at them after a change.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { ROOT, StoryFarm } from '../src/index.js';
import { say } from './report.js';

const [folder = join(ROOT, 'docs/images'), which = 'readme'] = process.argv.slice(2);
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
/** Long enough for what a page fetches; these are pictures, nothing is judged by them. */
const SETTLE_MS = 1500;
const TEST = 'target=FVP_MPS2_M3&image=kvstore.m3.elf&case=power%3A+a+key+survives+a+power+cut';
const METRIC = 'target=FVP_MPS2_M3&image=rtos-timing.m3.elf&case=context+switch&metric=cycles';

function pathsOf(story: StoryFarm): Record<string, string> {
  const night = story.nights.at(-1);
  const run = (name: string) => night?.runs.find((one) => one.name === name)?.id ?? '';
  return {
    wall: '/',
    submission: `/submissions/${night?.submission.id}`,
    test: `/tests?${TEST}`,
    trend: `/trends?${METRIC}`,
    board: '/boards/rack-b-fvp-mps2-m3-2',
    tiles: '/?view=tiles',
    submissions: '/submissions',
    timeline: `/submissions/${night?.submission.id}?tab=timeline`,
    compare: `/submissions/${story.nights[12]?.submission.id}?tab=compare`,
    cases: `/submissions/${story.nights[12]?.submission.id}?tab=compare&by=case`,
    nightly: `/submissions/${story.nights[12]?.submission.id}?tab=nightly&with=${story.nights[11]?.submission.id}`,
    run: `/runs/${run('kvstore')}`,
    power: `/runs/${run('boot-time')}`,
    queue: '/queue',
    tests: '/tests',
    flakes: '/flakes',
    trends: '/trends',
    changes: '/trends?tab=changes&show=all',
    schedules: '/schedules',
    admin: '/admin',
  };
}

const README = ['wall', 'submission', 'test', 'trend'];

interface Look {
  readonly viewport: typeof WIDE;
  readonly colorScheme: 'light' | 'dark';
  readonly names: readonly string[];
}

async function take(browser: Browser, story: StoryFarm, look: Look): Promise<void> {
  const { url } = story.farm.client;
  const page = await browser.newPage(look);
  await page.goto(`${url}/#token=${story.farm.adminToken}`);
  await page.waitForSelector('[data-board]');
  const paths = pathsOf(story);
  for (const name of look.names) {
    await page.goto(url + paths[name]);
    await page.waitForTimeout(SETTLE_MS);
    // On a busy machine the answer takes longer than that.
    await page.locator('main .skeleton').waitFor({ state: 'detached' });
    const isAll = which === 'all';
    const suffix = isAll ? `-${look.viewport.width}-${look.colorScheme}` : '';
    const fullPage = look.viewport.width === NARROW.width;
    await page.screenshot({ path: join(folder, `${name}${suffix}.png`), fullPage });
    say(`${name}${suffix}.png`);
  }
  await page.close();
}

mkdirSync(folder, { recursive: true });
const story = await StoryFarm.tell({ GREENRACK_DASHBOARD_DIR: join(ROOT, 'dashboards/dist') });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  if (which === 'all') {
    await story.submit(story.nights.length, 40);
    const names = Object.keys(pathsOf(story));
    for (const viewport of [WIDE, NARROW])
      for (const colorScheme of ['light', 'dark'] as const)
        await take(browser, story, { viewport, colorScheme, names });
  } else await take(browser, story, { viewport: WIDE, colorScheme: 'light', names: README });
} finally {
  await browser.close();
  await story.stop();
}
