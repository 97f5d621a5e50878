import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, sendBoardText } from './conversation.js';
import { restart, SYNC_ZERO } from './restart.js';

/** Keeps the random bytes of the first boot for the second one, which must not draw them again. */
async function* carryOver(context: HostTestContext): Script {
  yield* receive('ready');
  await context.send('check_step1', '0');
  const { value: buffer } = yield* receive('buffer');
  await restart(context, SYNC_ZERO);
  yield* receive('ready');
  await sendBoardText(context, 'check_step2', buffer);
  yield* receive('Test_suite_ended');
  await context.send('exit', '0');
}

/** Two boots must not draw the same random bytes; the board compares. */
export const trngReset: HostTest = {
  name: 'trng_reset',
  start: (context) => conversation(context, carryOver(context)),
};
