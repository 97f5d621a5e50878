import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';
import { decimal } from './numbers.js';

/** The longer a message takes, the longer we measure, so that it weighs little. */
const ROUND_TRIPS = 80;
const BASE_US = 5_000_000;
/** A link so slow that the wait would be longer cannot be helped by waiting. */
const MAX_WAIT_US = 180_000_000;
const TOLERANCE = 0.05;
/** What the firmware still has to hear and say after the measurement fits into so many messages' time. */
const RESERVED_ROUND_TRIPS = 4;

/** One reading of the board's clock, and between which host times it was taken. */
interface Reading {
  readonly askedUs: number;
  readonly heardUs: number;
  readonly deviceUs: number;
}

async function* read(context: HostTestContext, key: string) {
  const askedUs = context.nowUs();
  await context.send(key, '0');
  const { value, atUs } = yield* receive(key);
  const reading: Reading = { askedUs, heardUs: atUs, deviceUs: decimal(value, key) };
  return reading;
}

async function* compareClocks(context: HostTestContext): Script {
  for (;;) {
    yield* receive('timing_drift_check_start');
    const base: Reading = yield* read(context, 'base_time');
    const waitUs = waitFor(base.heardUs - base.askedUs, context);
    if (waitUs > 0) await context.delay(waitUs / 1000);
    const final: Reading = yield* read(context, 'final_time');
    const why = drift(base, final);
    if (why === undefined) await context.send('pass', '0');
    else {
      context.note(why);
      await context.send('fail', '0');
    }
  }
}

/** How long to measure; not longer than the firmware has time, or it would end as hanging while we wait. */
function waitFor(roundTripUs: number, context: HostTestContext): number {
  const wantedUs = roundTripUs * ROUND_TRIPS + BASE_US;
  if (wantedUs > MAX_WAIT_US) return 0;
  const leftUs = context.leftMs() * 1000 - roundTripUs * RESERVED_ROUND_TRIPS;
  if (wantedUs > leftUs)
    context.note(
      `a reply took ${seconds(roundTripUs)} s: ${seconds(wantedUs)} s of measuring do not fit into the firmware's time`,
    );
  return Math.min(wantedUs, leftUs);
}

const seconds = (us: number): string => (us / 1e6).toFixed(3);

/**
 * Why the clocks disagree. The true interval lies between the inner and the outer one that we saw.
 * @throws when replies took so long that no clock could have passed, and this one is not proven wrong
 */
function drift(base: Reading, final: Reading): string | undefined {
  const deviceUs = final.deviceUs - base.deviceUs;
  const outerUs = final.heardUs - base.askedUs;
  const innerUs = final.askedUs - base.heardUs;
  if (deviceUs >= outerUs * (1 - TOLERANCE) && deviceUs <= innerUs * (1 + TOLERANCE))
    return undefined;
  const canPass = outerUs * (1 - TOLERANCE) <= innerUs * (1 + TOLERANCE);
  const isWrong = deviceUs < innerUs * (1 - TOLERANCE) || deviceUs > outerUs * (1 + TOLERANCE);
  if (!canPass && !isWrong)
    throw new Error(
      `replies were too slow to compare clocks: the host saw between ${seconds(innerUs)} and ${seconds(outerUs)} s pass, and 5 % are allowed`,
    );
  return `the board counted ${seconds(deviceUs)} s, the host between ${seconds(innerUs)} and ${seconds(outerUs)} s; 5 % are allowed`;
}

/** Compares the board's clock with the host's over some seconds; the board judges by what we answer. */
export const timingDriftAuto: HostTest = {
  name: 'timing_drift_auto',
  comparesClocks: true,
  start: (context) => conversation(context, compareClocks(context)),
};
