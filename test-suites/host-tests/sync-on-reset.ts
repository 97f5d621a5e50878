import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';
import { decimal } from './numbers.js';
import { awaitRestart, SYNC_ZERO } from './restart.js';

/** The board restarts after each case that announces it, and asks which case is next. */
async function* resumeCases(context: HostTestContext): Script {
  let next = 0;
  for (;;) {
    const { key, value } = yield* receive('ready', 'reset_on_case_teardown');
    if (key === 'ready') await context.send('start_case', String(next));
    else {
      next = decimal(value, key) + 1;
      await awaitRestart(context, SYNC_ZERO);
    }
  }
}

/** Leads a suite on over the restarts between its cases. */
export const syncOnReset: HostTest = {
  name: 'sync_on_reset',
  start: (context) => conversation(context, resumeCases(context)),
};
