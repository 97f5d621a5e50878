import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';
import { awaitRestart, SYNC_ZERO } from './restart.js';

async function* resetOnce(context: HostTestContext): Script {
  yield* receive('ready');
  context.expectReset();
  await context.send('reset', '0');
  await awaitRestart(context, SYNC_ZERO);
  yield* receive('ready');
  context.finish('pass', 'the board was ready again after its system reset');
}

/** The board resets itself when it is told to, and comes back. */
export const systemReset: HostTest = {
  name: 'system_reset',
  start: (context) => conversation(context, resetOnce(context)),
};
