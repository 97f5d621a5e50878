import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script } from './conversation.js';

const READY = 'crash_reporting_ready';

/** The second "ready" comes without a handshake: the firmware restarts by itself and finds its crash report. */
async function* crashOnce(context: HostTestContext): Script {
  yield* receive(READY);
  context.expectCrash();
  await context.send('crash_reporting_inject_error', '0');
  yield* receive(READY);
  context.finish('pass', 'the board came back with its crash report');
}

/** The board crashes when it is told to, restarts by itself, and still knows of the crash. */
export const crashReporting: HostTest = {
  name: 'crash_reporting',
  start: (context) => conversation(context, crashOnce(context)),
};
