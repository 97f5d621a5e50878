import { describe, expect, it } from '@jest/globals';
import { checkTimes, countTimes, nextTimeMs } from '../../src/plan/cron-times.js';

const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-30T12:00:00Z');
const berlin = (cron: string) => ({ cron, timeZone: 'Europe/Berlin' });

describe('the times of a schedule', () => {
  it('are those of its time zone', () => {
    expect(nextTimeMs(berlin('30 2 * * 1-5'), NOW)).toBe(at('2026-12-01T01:30:00Z'));
    expect(nextTimeMs({ cron: '30 2 * * 1-5', timeZone: 'UTC' }, NOW)).toBe(
      at('2026-12-01T02:30:00Z'),
    );
  });

  it('may lie in the year that its time zone has already', () => {
    const auckland = { cron: '0 0 1 1 *', timeZone: 'Pacific/Auckland' };
    const eve = at('2026-12-31T10:59:00Z');
    expect(nextTimeMs(auckland, eve)).toBe(eve + 60_000);
    expect(
      nextTimeMs({ ...auckland, timeZone: 'Pacific/Honolulu' }, at('2027-01-01T00:00:00Z')),
    ).toBe(at('2027-01-01T10:00:00Z'));
  });

  it('come once on the nights on which the clocks are changed', async () => {
    for (const [from, to] of [
      ['2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'],
      ['2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'],
    ])
      expect(await countTimes(berlin('30 2 * * *'), at(from ?? ''), at(to ?? ''))).toBe(1);
  });

  it('are counted up to a bound', async () => {
    expect(await countTimes(berlin('0 * * * *'), NOW, NOW + 3 * 3_600_000)).toBe(3);
    expect(await countTimes(berlin('0 * * * *'), NOW, NOW + 3_000 * 3_600_000)).toBe(1_000);
  });

  it.each([
    ['* * * * *', /5 minutes lie between/],
    ['0,3 2 * * *', /5 minutes lie between/],
    ['0,5,10,15,20,25,30,35,40,45,59 1,2,10 * *  *', /5 minutes lie between/],
    ['0 0 30 2 *', /no such time in the next five years/],
    ['0 0 31 2,4,6,9,11 *', /no such time in the next five years/],
    ['0 0 * *', /cron: /],
    ['0 0 * * * 2027', /cron: /],
    ['61 0 * * *', /cron: /],
    ['a b c d e', /cron: /],
  ])('%s are refused', async (cron, why) => {
    await expect(checkTimes(berlin(cron), NOW)).rejects.toThrow(why);
  });

  it.each(['*/5 * * * *', '0 0 29 2 *', '0 3 * * SUN'])('%s are accepted', async (cron) => {
    await checkTimes(berlin(cron), NOW);
  });
});
