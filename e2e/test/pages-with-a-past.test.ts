import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { LOOSE_BOARD, StoryFarm } from '../src/index.js';
import { ROOT } from '../src/test-farm.js';
import { barriers, overflow, TestBrowser } from './support/browser.js';

const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1440, height: 900 };

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
  });
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
});
