import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, receiveNext, type Script } from './conversation.js';
import { restart, SYNC_DUMMY_UUID } from './restart.js';

const ROUNDS = 20;
const FIRST_MS = 1000;
/** Each round is cut a little later, so that every phase of the file system's work is hit. */
const STEP_MS = 20;

async function* cutShort(context: HostTestContext): Script {
  yield* receive('start');
  await context.send('format', '0');
  yield* receiveNext('format_done');
  for (let round = 0; round < ROUNDS; round++) {
    await context.send('run', '0');
    await context.delay(FIRST_MS + STEP_MS * round);
    await restart(context, SYNC_DUMMY_UUID);
    yield* receiveNext('start');
  }
  await context.send('exit', 'pass');
}

/** Resets the board in the middle of its work on a file system, which must survive; the board judges. */
export const unexpectedReset: HostTest = {
  name: 'unexpected_reset',
  start: (context) => conversation(context, cutShort(context)),
};
