import type { HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';

/** Hands on the verdict of the firmware's `end` message; other messages are left alone. */
export function finishOnEnd(context: HostTestContext, message: HostTestMessage): void {
  if (message.key !== 'end') return;
  if (message.value === 'success') context.finish('pass', '');
  else
    context.finish('fail', `the firmware ended with ${JSON.stringify(message.value.slice(0, 80))}`);
}
