import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';
import { decimal } from './numbers.js';

const DAY_S = 86_400;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;
/** The years whose months are gone through, first and last day of each, at these times of day. */
const YEARS = [1970, 1971, 2000, 2096, 2100, 2105];
const FIRST_DAY_AT_S = 23 * 3600;
const LAST_DAY_AT_S = DAY_S - 1;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** What `leap_year_setup` says of a clock that knows that 2100 is no leap year. */
const FULL_SUPPORT = 0;

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

/** The times that the board has to send, in its order, in s since 1970 as its clock counts them. */
export function* expectedTimes(knowsCenturies: boolean): Generator<number, void, void> {
  let days = 0;
  for (let year = 1970; year <= 2105; year++)
    for (const [month, usual] of MONTH_DAYS.entries()) {
      const length = month === 1 && isLeap(year, knowsCenturies) ? 29 : usual;
      if (YEARS.includes(year)) {
        yield days * DAY_S + FIRST_DAY_AT_S;
        yield (days + length - 1) * DAY_S + LAST_DAY_AT_S;
      }
      days += length;
    }
}

/** Answers each right `timestamp;<s>` with its days, packed as `weekday << 16 + day of the year`; the board compares. */
async function* calculate(context: HostTestContext): Script {
  let knowsCenturies = true;
  let expected = expectedTimes(knowsCenturies);
  for (;;) {
    const { key, value } = yield* receive('leap_year_setup', 'timestamp');
    if (key === 'leap_year_setup') {
      knowsCenturies = decimal(value, key) === FULL_SUPPORT;
      expected = expectedTimes(knowsCenturies);
      continue;
    }
    // Boards print times after 2038 as negative numbers of 32 bits.
    const seconds = decimal(value, key) >>> 0;
    const next = expected.next().value ?? undefined;
    if (seconds === next) {
      const { weekday, yday } = dayOf(seconds, knowsCenturies);
      await context.send('passed', String(weekday * 65_536 + yday));
    } else {
      context.note(`the board's clock says ${seconds} s, expected ${next ?? 'no further time'}`);
      await context.send('failed', '0');
    }
  }
}

/** The board's conversions of times are checked against a calendar. */
export const rtcCalcAuto: HostTest = {
  name: 'rtc_calc_auto',
  start: (context) => conversation(context, calculate(context)),
};
