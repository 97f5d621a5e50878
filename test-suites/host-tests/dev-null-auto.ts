import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
} from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

/** Watches which of the board's two outputs reaches the host. */
class DevNullSession implements HostTestSession {
  #sawStdout = false;

  constructor(private readonly context: HostTestContext) {}

  onMessage(message: HostTestMessage): void {
    if (message.key === 'to_stdout') this.#sawStdout = true;
    else if (message.key === 'to_null')
      this.context.finish('fail', 'output for /dev/null arrived at the console');
    else if (message.key === 'end' && !this.#sawStdout)
      this.context.finish('fail', 'output for stdout never arrived at the console');
    else finishOnEnd(this.context, message);
  }
}

/** What the board writes to its null device must not arrive, what it writes to stdout must. */
export const devNullAuto: HostTest = {
  name: 'dev_null_auto',
  start: (context) => new DevNullSession(context),
};
