import { setImmediate } from 'node:timers/promises';
import { FarmError, MIN_SCHEDULE_INTERVAL_MS } from '@greenrack/farm-protocol';
import { Cron } from 'croner';

/** Beyond this nobody looks for a next time: some expressions have none. */
const HORIZON_YEARS = 5;
const HORIZON_MS = HORIZON_YEARS * 366 * 86_400_000;
/** Times that are looked at: whatever minutes an hour has, two that are too close are among them. */
const PROBES = 40;
/** Missed times that are counted. */
const MAX_MISSED = 1_000;

/** When a schedule is due. */
export interface CronTimes {
  readonly cron: string;
  readonly timeZone: string;
}

/** The first time after `afterMs`; undefined when there is none in five years. */
export function nextTimeMs({ cron, timeZone }: CronTimes, afterMs: number): number | undefined {
  const stopAt = new Date(afterMs + HORIZON_MS);
  const times = new Cron(withinHorizon(cron, afterMs), {
    ...{ timezone: timeZone, mode: '7-part', paused: true, stopAt },
  });
  return times.nextRun(new Date(afterMs))?.getTime();
}

/** With its years named, croner looks through these and not through the next four hundred. */
function withinHorizon(cron: string, afterMs: number): string {
  const year = new Date(afterMs).getUTCFullYear();
  // The year of the time zone may be another.
  return `0 ${cron} ${year - 1}-${year + HORIZON_YEARS + 1}`;
}

/** How many times there are after `fromMs`, up to `toMs` and with it. */
export async function countTimes(times: CronTimes, fromMs: number, toMs: number): Promise<number> {
  let count = 0;
  for (let at = nextTimeMs(times, fromMs); at !== undefined && at <= toMs; count++) {
    if (count === MAX_MISSED) break;
    await setImmediate();
    at = nextTimeMs(times, at);
  }
  return count;
}

/** @throws FarmError `invalid_request` for an expression that cannot be read, has no time, or too many */
export async function checkTimes(times: CronTimes, nowMs: number): Promise<void> {
  let atMs = readable(times, nowMs);
  if (atMs === undefined) throw wrong('there is no such time in the next five years');
  for (let i = 0; i < PROBES; i++) {
    await setImmediate();
    const nextMs = nextTimeMs(times, atMs);
    if (nextMs === undefined) return;
    if (nextMs - atMs < MIN_SCHEDULE_INTERVAL_MS)
      throw wrong(`${MIN_SCHEDULE_INTERVAL_MS / 60_000} minutes lie between two times at least`);
    atMs = nextMs;
  }
}

function readable(times: CronTimes, nowMs: number): number | undefined {
  try {
    return nextTimeMs(times, nowMs);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function wrong(message: string): FarmError {
  return new FarmError('invalid_request', `cron: ${message}`, {
    fields: [{ path: 'cron', message }],
  });
}
