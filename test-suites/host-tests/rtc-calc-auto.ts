import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';

const DAY_S = 86_400;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;
const MAX_TIMESTAMP = 0xffff_ffff;

function isLeap(year: number, knowsCenturies: boolean): boolean {
  return year % 4 === 0 && (!knowsCenturies || year % 100 !== 0 || year % 400 === 0);
}

/**
 * Day of the week (0 = Sunday) and of the year (0 = 1 January) of a time.
 * @param knowsCenturies - false for clocks that take every fourth year for a leap year, so also 2100
 */
export function dayOf(seconds: number, knowsCenturies: boolean): { weekday: number; yday: number } {
  const days = Math.floor(seconds / DAY_S);
  let yday = days;
  for (let year = 1970; ; year++) {
    const length = isLeap(year, knowsCenturies) ? 366 : 365;
    if (yday < length) return { weekday: (days + FIRST_WEEKDAY) % 7, yday };
    yday -= length;
  }
}

/** Answers each `timestamp;<s>` with its days, packed as `weekday << 16 + day of the year`; the board compares. */
async function* calculate(context: HostTestContext): Script {
  let knowsCenturies = true;
  for (;;) {
    const { key, value } = yield* receive('leap_year_setup', 'timestamp');
    const number = /^\d{1,10}$/.test(value.trim()) ? Number(value) : -1;
    if (key === 'leap_year_setup') knowsCenturies = number === 1;
    else if (number < 0 || number > MAX_TIMESTAMP) await context.send('failed', '0');
    else {
      const { weekday, yday } = dayOf(number, knowsCenturies);
      await context.send('passed', String(weekday * 65_536 + yday));
    }
  }
}

/** The board's conversions of times are checked against a calendar. */
export const rtcCalcAuto: HostTest = {
  name: 'rtc_calc_auto',
  start: (context) => conversation(context, calculate(context)),
};
