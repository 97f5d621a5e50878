import type { HostTest, HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, TestFailure } from './conversation.js';
import { decimal } from './numbers.js';
import { awaitRestart, SYNC_DUMMY_UUID } from './restart.js';

/** Written to the clock: 24 September 2018. */
const START_S = 1_537_789_823;
const MAX_SET_ERROR_S = 10;
const RESET_MS = 5000;
const MIN_ELAPSED_S = 4;

async function* command(context: HostTestContext, key: string, value = '0'): Script {
  await context.send(key, value);
  yield* receive('ack');
}

async function* readClock(context: HostTestContext): AsyncGenerator<void, number, HostTestMessage> {
  await context.send('read', '0');
  return decimal((yield* receive('read')).value, 'read');
}

/** The clock as it was set, and as it is after a reset of 5 s. */
async function* measure(context: HostTestContext) {
  yield* receive('start');
  yield* command(context, 'init');
  yield* command(context, 'write', String(START_S));
  const beforeS: number = yield* readClock(context);
  yield* command(context, 'free');
  await context.send('reset', '0');
  await awaitRestart(context, SYNC_DUMMY_UUID, RESET_MS);
  yield* receive('start');
  yield* command(context, 'init');
  const afterS: number = yield* readClock(context);
  return { beforeS, afterS };
}

async function* keepTime(context: HostTestContext): Script {
  const { beforeS, afterS } = yield* measure(context);
  const why = problem(beforeS, afterS);
  await context.send('exit', why === undefined ? 'pass' : 'fail');
  if (why !== undefined) throw new TestFailure(why);
}

function problem(beforeS: number, afterS: number): string | undefined {
  if (beforeS < START_S || beforeS > START_S + MAX_SET_ERROR_S)
    return `the clock was set to ${START_S} and says ${beforeS}`;
  if (afterS - beforeS < MIN_ELAPSED_S)
    return `over a reset of 5 s the clock went from ${beforeS} to ${afterS}`;
  return undefined;
}

/** The clock must go on over a reset. */
export const rtcReset: HostTest = {
  name: 'rtc_reset',
  comparesClocks: true,
  start: (context) => conversation(context, keepTime(context)),
};
