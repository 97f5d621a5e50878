import type { HostTest, HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

/** Sends a message back. The board gets a failure for text that it could not receive itself. */
export async function sendBack(context: HostTestContext, message: HostTestMessage): Promise<void> {
  try {
    await context.send(message.key, message.value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.finish('fail', `the board asked for an echo that it cannot read: ${why}`);
  }
}

const ECHOED: ReadonlySet<string> = new Set(['echo', 'echo_count']);

/** The host is the echo: `echo;text` and `echo_count;n` go back, the board compares and ends with its verdict. */
export const deviceEcho: HostTest = {
  name: 'device_echo',
  start: (context) => ({
    onMessage: (message) =>
      ECHOED.has(message.key) ? sendBack(context, message) : finishOnEnd(context, message),
  }),
};
