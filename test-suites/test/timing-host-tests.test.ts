import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHostTests } from '../host-tests/index.js';
import { dayOf } from '../host-tests/rtc-calc-auto.js';
import { HostTestBench } from './support/host-test-bench.js';

describe('timing_drift_auto', () => {
  /** A board whose clock is `factor` times the host's, behind a link with a round trip of 20 ms. */
  async function play(factor: number): Promise<HostTestBench> {
    const bench = new HostTestBench('timing_drift_auto');
    await bench.say('timing_drift_check_start');
    await bench.advance(20);
    await bench.say('base_time', '1000000');
    await bench.advance(5000 + 80 * 20);
    await bench.advance(20);
    await bench.say('final_time', String(1_000_000 + Math.round(6_620_000 * factor)));
    return bench;
  }

  it.each([
    [1, 'pass'],
    [1.03, 'pass'],
    [0.97, 'pass'],
    [1.06, 'fail'],
    [0.94, 'fail'],
  ])('answers a clock that is %d times ours with %s', async (factor, answer) => {
    const bench = await play(factor);
    expect(bench.sent).toEqual([
      ['base_time', '0'],
      ['final_time', '0'],
      [answer, '0'],
    ]);
  });

  it('does not wait for a link that is too slow', async () => {
    const bench = new HostTestBench('timing_drift_auto');
    await bench.say('timing_drift_check_start');
    await bench.advance(2500);
    await bench.say('base_time', '0');
    expect(bench.sent.at(-1)).toEqual(['final_time', '0']);
  });

  it('measures no longer than the firmware has time', async () => {
    const bench = new HostTestBench('timing_drift_auto');
    bench.budgetMs = 40_000;
    await bench.say('timing_drift_check_start');
    await bench.advance(500);
    await bench.say('base_time', '0');
    await bench.advance(40_000 - 500 - 4 * 500);
    expect(bench.sent.at(-1)).toEqual(['final_time', '0']);
    await bench.advance(500);
    await bench.say('final_time', '38000000');
    expect(bench.sent.at(-1)).toEqual(['pass', '0']);
    expect(bench.notes[0]).toContain('45.000 s of measuring do not fit');
  });

  it.each([
    ['9000000', 'fail'],
    ['3700000', 'fail'],
  ])('still fails a clock that is wrong behind a slow link: %s us', async (deviceUs, answer) => {
    const bench = new HostTestBench('timing_drift_auto');
    await bench.say('timing_drift_check_start');
    await bench.advance(2500);
    await bench.say('base_time', '0');
    await bench.advance(1000);
    await bench.say('final_time', deviceUs);
    expect(bench.sent.at(-1)).toEqual([answer, '0']);
  });

  it('blames nobody for a link so slow that no clock could pass', async () => {
    const bench = new HostTestBench('timing_drift_auto');
    await bench.say('timing_drift_check_start');
    await bench.advance(2500);
    await bench.say('base_time', '0');
    await bench.advance(1000);
    const said = bench.say('final_time', '2000000');
    await expect(bench.handled()).rejects.toThrow('replies were too slow');
    await said;
  });

  it('checks as often as the board asks and leaves the verdict to it', async () => {
    const bench = await play(1);
    await bench.say('timing_drift_check_start');
    expect(bench.sent.at(-1)).toEqual(['base_time', '0']);
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });
});

describe('wait_us_auto', () => {
  async function play(...gapsMs: number[]): Promise<HostTestBench> {
    const bench = new HostTestBench('wait_us_auto');
    await bench.say('tick', '10');
    for (const gap of gapsMs) {
      await bench.advance(gap);
      await bench.say('tick', '1');
    }
    await bench.say('exit');
    return bench;
  }

  it('passes seconds that are 10 % off', async () => {
    expect((await play(900, 1000, 1100)).verdict).toBe('pass');
  });

  it.each([[[1000, 899]], [[1101]], [[]]])('fails %j', async (gaps) => {
    expect((await play(...gaps)).verdict).toBe('fail');
  });
});

describe('rtc_auto', () => {
  it.each([
    ['2009-10-28 11:35:37', undefined],
    ['2009-10-28 11:35:37 AM', undefined],
    ['2009-10-28 11:35:38', 'fail'],
  ])('compares the text %j', async (text, verdict) => {
    const bench = new HostTestBench('rtc_auto');
    await bench.say('timestamp', '1256729737');
    await bench.say('rtc', text);
    expect(bench.verdict).toBe(verdict);
  });

  it('leaves the verdict to the end', async () => {
    const bench = new HostTestBench('rtc_auto');
    await bench.say('timestamp', '0');
    await bench.say('rtc', '1970-01-01 00:00:00');
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });
});

describe('rtc_calc_auto', () => {
  const utc = (text: string) => String(Date.parse(`${text}Z`) / 1000);

  /** First and last day of each month of the years that the board goes through. */
  const times = [1970, 1971, 2000, 2096, 2100, 2105].flatMap((year) =>
    Array.from({ length: 12 }, (_, month) => [
      Date.UTC(year, month, 1, 23) / 1000,
      Date.UTC(year, month + 1, 0, 23, 59, 59) / 1000,
    ]).flat(),
  );

  it('answers with the weekday and the day of the year, of times after 2038 too', async () => {
    const bench = new HostTestBench('rtc_calc_auto');
    await bench.say('leap_year_setup', '0');
    // As firmware prints them: in 32 bits with a sign.
    for (const seconds of times) await bench.say('timestamp', String(seconds | 0));
    expect(bench.sent).toEqual(
      times.map((seconds) => {
        const date = new Date(seconds * 1000);
        const yday = (seconds - Date.UTC(date.getUTCFullYear(), 0, 1) / 1000) / 86_400;
        return ['passed', String(date.getUTCDay() * 65_536 + Math.floor(yday))];
      }),
    );
  });

  it('expects a day more after February 2100 of a clock that knows no centuries', async () => {
    const bench = new HostTestBench('rtc_calc_auto');
    await bench.say('leap_year_setup', '1');
    const february = times.indexOf(Number(utc('2100-02-28T23:59:59')));
    for (const seconds of times.slice(0, february)) await bench.say('timestamp', String(seconds));
    await bench.say('timestamp', utc('2100-03-01T23:59:59'));
    expect(bench.sent.at(-1)).toEqual(['passed', String(1 * 65_536 + 59)]);
  });

  it.each(['0', '82801', '-1', '4294967296'])('answers %s with failed', async (text) => {
    const bench = new HostTestBench('rtc_calc_auto');
    await bench.say('timestamp', text);
    expect(bench.sent).toEqual([['failed', '0']]);
  });

  it('fails the run for a time that is no number', async () => {
    const bench = new HostTestBench('rtc_calc_auto');
    await bench.say('timestamp', 'now');
    expect(bench.message).toContain('timestamp is no whole number');
  });

  it('takes 2100 for a leap year when the clock does', () => {
    const march = Number(utc('2100-03-01T00:00:00'));
    expect(dayOf(march, true).yday).toBe(59);
    expect(dayOf(march, false).yday).toBe(59);
    expect(dayOf(march + 306 * 86_400, true).yday).toBe(0);
    expect(dayOf(march + 306 * 86_400, false).yday).toBe(365);
  });

  it('agrees with the calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seconds) => {
        const date = new Date(seconds * 1000);
        const yday = (seconds * 1000 - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000;
        expect(dayOf(seconds, true)).toEqual({
          weekday: date.getUTCDay(),
          yday: Math.floor(yday),
        });
      }),
    );
  });
});

describe.each([
  ['pyusb_basic', 'usb-device'],
  ['pyusb_msd', 'usb-device'],
  ['usb_device_hid', 'usb-device'],
  ['usb_device_serial', 'usb-device'],
  ['softap_basic', 'wifi-station'],
])('%s', (name, fixture) => {
  it(`asks for the fixture ${fixture}`, () => {
    expect(createHostTests().get(name)?.needs).toEqual([fixture]);
  });
});
