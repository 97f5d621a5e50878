import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { HOSTILE_NAMES, LOOSE_BOARD, StoryFarm } from '../src/index.js';
import { ROOT } from '../src/test-farm.js';
import { barriers, overflow, TestBrowser } from './support/browser.js';

const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1440, height: 900 };

/** Sixteen nights on a machine that does much else. */
const TELLING_MS = 600_000;

describe('the pages of a farm with a past', () => {
  let story: StoryFarm;
  let browser: TestBrowser;
  let page: Page;

  beforeAll(async () => {
    story = await StoryFarm.tell({ GREENRACK_DASHBOARD_DIR: join(ROOT, 'dashboards/dist') });
    browser = await TestBrowser.start();
    page = await browser.page();
    await page.setViewportSize(WIDE);
    await page.goto(`${story.farm.client.url}/#token=${story.farm.adminToken}`);
    await page.getByText('Out of service').waitFor();
  }, TELLING_MS);
  afterAll(async () => {
    await browser?.stop();
    await story?.stop();
  });

  const open = async (path: string) => {
    await page.goto(story.farm.client.url + path);
  };
  /** No barrier for anybody, nothing beyond the edge of a phone, no complaint of the browser. */
  const isFit = async () => {
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.setViewportSize(WIDE);
    expect(browser.errors).toEqual([]);
  };

  describe('the wall', () => {
    it('says what is out of service, and why', async () => {
      await open('/');
      const out = page.getByRole('region', { name: 'Out of service' });
      await out.getByRole('link', { name: LOOSE_BOARD }).waitFor();
      await out.getByText(/loose Ethernet cable/).waitFor();
      await out.getByRole('link', { name: '7 boards of rack-c' }).waitFor();
      await isFit();
    });

    it('keeps its filter in the address, and excludes', async () => {
      await open('/');
      await page.locator('[data-board]').first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('rack:rack-b -target:k64f health:good');
      await page.locator('[data-board]').nth(4).waitFor({ state: 'detached' });
      await page.reload();
      await page.locator('[data-board]').first().waitFor();
      expect(await page.locator('[data-board]').count()).toBe(4);
      await open('/?q=colour%3Ared');
      await page.getByText(/there is no 'colour:' here/).waitFor();
    });

    it('shows every board as a tile, and arrow keys go from one to the next', async () => {
      await open('/?view=tiles');
      const tiles = page.locator('.board-tile');
      await tiles.first().waitFor();
      expect(await tiles.count()).toBe(21);
      await tiles.first().focus();
      await page.keyboard.press('ArrowRight');
      const serial = await tiles.nth(1).getAttribute('data-board');
      await page.locator('.peek').getByText(String(serial)).waitFor();
      await isFit();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/boards/${serial}`);
    });
  });

  describe('the page of a board', () => {
    it('tells a board from the code: what fails here and passes on its siblings', async () => {
      await open(`/boards/${LOOSE_BOARD}`);
      const row = page.getByRole('row', { name: /udp-echo/ });
      await row.waitFor();
      expect(await row.innerText()).toMatch(/5 of 16\s+0 of/);
      await page
        .getByText(/of use/)
        .first()
        .waitFor();
      await isFit();
    });

    it('takes a board out of service, with the reason in its history', async () => {
      await open('/boards/rack-a-fvp-mps2-m3-1');
      await page.getByRole('button', { name: 'Take out for maintenance' }).click();
      await page.getByLabel('Why?').fill('new probe');
      await page.getByRole('button', { name: 'Take out for maintenance' }).click();
      await page
        .locator('.history')
        .getByText(/new probe/)
        .waitFor();
      await page.locator('.board-state').getByText('maintenance').waitFor();
      await page.getByRole('button', { name: 'Return to service' }).click();
      await page.getByLabel('Why?').fill('done');
      await page.getByRole('button', { name: 'Return to service' }).click();
      await page.locator('.history').getByText(/done/).waitFor();
    });
  });

  describe('the page of a submission', () => {
    const night = (at: number) => story.nights[at]?.submission.id;

    it('names each way of going wrong once, and since when', async () => {
      await open(`/submissions/${night(15)}`);
      const group = page.locator('.failure-group').filter({ hasText: 'src/kv_store.c:212' });
      await group.getByText('2 runs').waitFor();
      await group.getByText(/for 6 builds: first bad/).waitFor();
      await page.locator('.failure-group').filter({ hasText: 'HardFault' }).waitFor();
      await page.getByRole('link', { name: 'tls-handshake on ARM_CM3DS_MPS2: crash' }).waitFor();
      await isFit();
      await open(`/submissions/${night(10)}`);
      await page.getByText(/new, last good/).waitFor();
    });

    it('shows which board did what when', async () => {
      await open(`/submissions/${night(15)}?tab=timeline`);
      await page.locator('.gantt-bar').first().waitFor();
      expect(await page.locator('.gantt-bar').count()).toBe(12);
      await isFit();
    });

    it('says what broke since another one', async () => {
      await open(`/submissions/${night(12)}?tab=compare`);
      const row = page.getByRole('row', { name: /broken tls-handshake/ });
      await row.getByText('crash').waitFor();
      await isFit();
      await page.getByLabel('Submission to compare with').selectOption(String(night(13)));
      await page.getByText(/runs went the same way/).waitFor();
      await page.getByRole('button', { name: 'By case' }).click();
      await page.getByText(/cases went the same way/).waitFor();
      await open(`/submissions/${night(12)}?tab=compare&by=case`);
      await page.getByRole('row', { name: /broken session is resumed tls-handshake/ }).waitFor();
      // What stands behind the crash did not run any more.
      await page.getByRole('row', { name: /(otherwise|broken) ten at the same time/ }).waitFor();
      await isFit();
    });

    it('says what has changed since the night before, and that a new failure is new', async () => {
      await open(`/submissions/${night(12)}?tab=nightly&with=${night(11)}`);
      const fresh = page.getByRole('region', { name: 'New failures' });
      await fresh.getByText('session is resumed').waitFor();
      await page.getByText('Something is worse than the time before.').waitFor();
      await page
        .getByRole('region', { name: 'Still failing' })
        .getByText(/power cut/)
        .first()
        .waitFor();
      await page.getByRole('region', { name: 'Expected against run' }).waitFor();
      await isFit();
    });

    it('runs one way of going wrong again, in a new submission', async () => {
      await open(`/submissions/${night(15)}`);
      await page.getByRole('button', { name: 'Run these 2 again' }).click();
      await page.getByText(/of 2 runs finished/).waitFor();
      expect(page.url()).not.toContain(night(15));
    });
  });

  describe('the page of a run', () => {
    const runOf = (night: number, name: string, target: string) =>
      story.nights[night]?.runs.find(
        (run) => run.name === name && run.requirement.target === target,
      )?.id;

    it('helps to tell the code from the bench', async () => {
      await open(`/runs/${runOf(15, 'kvstore', 'FVP_MPS2_M3')}`);
      await page.getByRole('rowheader', { name: /^keys 2 cases: 2 pass/ }).waitFor();
      const context = page.getByRole('region', { name: 'Code or bench?' });
      await context.getByText('This board around that time').waitFor();
      await context.getByRole('list', { name: 'Other runs on this board' }).waitFor();
      await isFit();
    });

    it('leads to a line of the console by its address', async () => {
      const path = `/runs/${runOf(15, 'kvstore', 'FVP_MPS2_M3')}`;
      await open(`${path}#L15`);
      const found = page.locator('.line-found');
      await found.getByText(/src\/kv_store.c:212:FAIL/).waitFor();
      await page.locator('[data-line="14"] .line-time').click();
      await found.getByText(/testcase_start/).waitFor();
      expect(page.url()).toBe(`${story.farm.client.url}${path}#L14`);
    });

    it('shows what a power meter saw, and what was drawn between two marks', async () => {
      await open(`/runs/${runOf(15, 'boot-time', 'FVP_MPS2_M3')}`);
      const power = page.getByRole('region', { name: /Power trace/ });
      await power.getByText(/3.s at 10 kHz/).waitFor();
      const plot = power.locator('.u-over');
      await plot.waitFor();
      await isFit();
      await plot.click({ position: { x: 20, y: 40 } });
      await plot.click({ position: { x: 160, y: 40 } });
      await power.getByText('Between the marks').waitFor();
      expect(await power.getByLabel('Between the marks').innerText()).toMatch(/µC[\s\S]*mJ/);
    });
  });

  describe('the history of a test', () => {
    it('shows a broken build as a column, and since when', async () => {
      const test = { target: 'FVP_MPS2_M3', image: 'kvstore.m3.elf' };
      const name = 'power: a key survives a power cut';
      await open('/tests?q=power');
      await page.getByRole('link', { name }).first().click();
      await page.waitForURL(/case=power/);
      await open(`/tests?${new URLSearchParams({ ...test, case: name })}`);
      await page.getByText(/has not passed for/).waitFor();
      const failed = page.locator('.history-matrix .tone-fail');
      const before = await failed.count();
      expect(before).toBeGreaterThan(5);
      await isFit();
      // Another night comes in while somebody looks.
      const { submission } = await story.submit(16);
      await failed.nth(before).waitFor();
      await story.farm.client.json('POST', `/submissions/${submission.id}/cancel`);
    });
  });

  describe('trends', () => {
    it('draw a metric over builds, board by board', async () => {
      await open('/trends');
      await page.getByRole('link', { name: 'cycles · context switch' }).first().click();
      await page.locator('.chart canvas').waitFor();
      await page.getByRole('cell', { name: '+7.5 %' }).first().waitFor();
      await isFit();
    });
  });

  describe('changes', () => {
    it('go from their finding to somebody who sees to them, and to their end', async () => {
      await open('/trends?tab=changes&show=all');
      const row = page
        .locator('.change')
        .filter({ hasText: /cycles.*rtos-timing/ })
        .first();
      await row.getByText('regression').waitFor();
      await isFit();
      await row.getByRole('link', { name: /cycles/ }).click();
      await page.waitForURL('**/changes/chg_*');
      await page.getByRole('region', { name: 'What moved' }).waitFor();
      await isFit();
      const facts = page.locator('.run-facts');
      // Somebody else does it while one looks.
      const { pathname } = new URL(page.url());
      await story.farm.client.json('POST', `${pathname}/assign`, '{"assignee":"ada"}');
      await facts.getByText('ada').waitFor();
      await page.getByRole('button', { name: 'I see to it' }).click();
      await facts.getByText('ada').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.getByLabel('Why is the new level right?').fill('larger frames, as agreed');
      await page.getByRole('button', { name: 'Accept' }).click();
      await facts.getByText('larger frames, as agreed').waitFor();
      await open('/trends?tab=changes&q=state:accepted&show=all');
      await page.locator(`.change a[href="${pathname}"]`).waitFor();
    });
  });

  describe('flakes', () => {
    it('stand ranked, and somebody takes care of one for some days', async () => {
      await open('/flakes');
      const flake = page.locator('.flake').filter({ hasText: 'a thousand datagrams' });
      await flake
        .getByText(/\d+ of \d+/)
        .first()
        .waitFor();
      await isFit();
      await flake.getByRole('button', { name: 'Quarantine' }).click();
      await flake.getByLabel('Why?').fill('a loose cable');
      await flake.getByRole('combobox').selectOption({ label: '7 days' });
      await flake.getByRole('button', { name: 'Quarantine' }).click();
      await flake.getByText('quarantined').waitFor();
      const list = page.getByRole('region', { name: 'Quarantined' });
      await list.getByText('a loose cable').waitFor();
      await list.getByText(/7 days left/).waitFor();
      await isFit();
      await list.getByRole('button', { name: 'Let it gate again' }).click();
      await list.getByText('No case is in quarantine.').waitFor();
    });
  });

  describe('the queue', () => {
    it('says what waits, why, and that it is stuck', async () => {
      await story.submit(16);
      await open('/queue');
      // Builds that the farm compares by itself may wait for boards out of service as well.
      const lane = page.locator('.queue-lane').filter({ hasText: 'udp-echo' });
      await lane.getByText('stuck').waitFor();
      await lane.getByText(/loose Ethernet cable/).waitFor();
      await isFit();
    });

    it('is rid of what somebody stops', async () => {
      await open('/queue');
      const lane = page.locator('.queue-lane').filter({ hasText: 'udp-echo' });
      await lane.getByRole('button', { name: 'Cancel' }).click();
      await lane.getByText('Stop every run of its submission?').waitFor();
      await lane.getByRole('button', { name: 'Stop' }).click();
      await lane.waitFor({ state: 'detached' });
    });
  });

  describe('what those look at who run the farm', () => {
    it('says nothing of duties before their answer is here', async () => {
      const held = new Promise<Route>((hold, refuse) => {
        page.route('**/api/v1/duties*', hold, { times: 1 }).catch(refuse);
      });
      await open('/admin');
      const duties = page.getByRole('region', { name: 'Duties' });
      await duties.getByText('Reading…').waitFor();
      expect(await duties.innerText()).not.toMatch(/Nothing is left|none given up/);
      await (await held).continue();
      await duties.getByText(/given up/).waitFor();
    });

    it('shows duties, agents, storage, tokens, and who did what', async () => {
      await open('/admin');
      for (const name of ['Duties', 'Agents', 'Storage', 'Tokens', 'Audit log'])
        await page.getByRole('region', { name }).waitFor();
      await page.getByRole('cell', { name: 'never connected' }).waitFor();
      const acts = page.getByRole('region', { name: 'Audit log' });
      await acts.getByRole('row', { name: /boards state .*its flash is worn out/ }).waitFor();
      await isFit();
    });

    it('says how a schedule is made where there is none', async () => {
      await open('/schedules');
      await page.getByText(/greenrack schedules create/).waitFor();
      await isFit();
    });
  });

  describe('names from outside', () => {
    it('stand on every page as they are, and nothing of them is executed', async () => {
      const { submission, runs } = await story.submitHostile();
      await story.farm.client.finished(submission.id);
      const run = runs[0]?.id;
      const test = { target: 'FVP_MPS2_M3', image: 'hostile.elf' };
      for (const path of [
        '/',
        '/submissions',
        `/submissions/${submission.id}`,
        `/submissions/${submission.id}?tab=timeline`,
        `/submissions/${submission.id}?tab=runs`,
        `/runs/${run}`,
        '/tests',
        `/tests?${new URLSearchParams({ ...test, case: HOSTILE_NAMES[0] })}`,
      ]) {
        await open(path);
        await page.getByText('onerror').first().waitFor();
        await isFit();
      }
      expect(await page.evaluate('window.harmed')).toBeUndefined();
      expect(await page.locator('img').count()).toBe(0);
    });
  });

  // Last: its agents do not come back.
  describe('a controller that is gone', () => {
    it('is told of, and what happened meanwhile is there when it is back', async () => {
      await open('/');
      await page.locator('.link-live').waitFor();
      await page.locator('[data-board]').first().waitFor();
      await story.farm.controller.kill('SIGKILL');
      await page
        .locator('.banner')
        .getByText(/as it was then/)
        .waitFor({ timeout: 60_000 });
      expect(await page.locator('[data-board]').count()).toBe(21);
      await story.farm.controller.start();
      await page.locator('.link-live').waitFor({ timeout: 60_000 });
      await page.getByRole('link', { name: /boards of rack-a/ }).waitFor({ timeout: 120_000 });
    });
  });
});
