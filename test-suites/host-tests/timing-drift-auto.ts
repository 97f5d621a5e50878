import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';
import { decimal } from './numbers.js';

/** The longer a message takes, the longer we measure, so that it weighs little. */
const ROUND_TRIPS = 80;
const BASE_US = 5_000_000;
/** A link so slow that the wait would be longer cannot be helped by waiting. */
const MAX_WAIT_US = 180_000_000;
const TOLERANCE = 0.05;

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
    const waitUs = (base.heardUs - base.askedUs) * ROUND_TRIPS + BASE_US;
    if (waitUs <= MAX_WAIT_US) await context.delay(waitUs / 1000);
    const final: Reading = yield* read(context, 'final_time');
    const why = drift(base, final);
    if (why === undefined) await context.send('pass', '0');
    else {
      context.note(why);
      await context.send('fail', '0');
    }
  }
}

/** Why the clocks disagree. The true interval lies between the inner and the outer one that we saw. */
function drift(base: Reading, final: Reading): string | undefined {
  const deviceUs = final.deviceUs - base.deviceUs;
  const outerUs = final.heardUs - base.askedUs;
  const innerUs = final.askedUs - base.heardUs;
  if (deviceUs >= outerUs * (1 - TOLERANCE) && deviceUs <= innerUs * (1 + TOLERANCE))
    return undefined;
  const seconds = (us: number) => (us / 1e6).toFixed(3);
  return `the board counted ${seconds(deviceUs)} s, the host between ${seconds(innerUs)} and ${seconds(outerUs)} s; 5 % are allowed`;
}

/** Compares the board's clock with the host's over some seconds; the board judges by what we answer. */
export const timingDriftAuto: HostTest = {
  name: 'timing_drift_auto',
  comparesClocks: true,
  start: (context) => conversation(context, compareClocks(context)),
};
