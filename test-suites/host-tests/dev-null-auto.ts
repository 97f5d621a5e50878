import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
} from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

/**
 * Silence that proves that nothing more comes: the board writes to both outputs without a pause, and gives itself 2 s
 * for the whole test. Then it loops for ever, so that only the host can end it.
 */
const SILENCE_MS = 1000;

/** Watches which of the board's two outputs reaches the host. */
class DevNullSession implements HostTestSession {
  #sawStdout = false;

  constructor(private readonly context: HostTestContext) {}

  onMessage(message: HostTestMessage): void {
    if (message.key === 'to_stdout') this.#reachedStdout();
    else if (message.key === 'to_null')
      this.context.finish('fail', 'output for the null device arrived at the console');
    else if (message.key === 'end' && !this.#sawStdout)
      this.context.finish('fail', 'output for stdout never arrived at the console');
    else finishOnEnd(this.context, message);
  }

  #reachedStdout(): void {
    this.#sawStdout = true;
    this.context.delay(SILENCE_MS).then(
      () => this.context.finish('pass', 'nothing that went to the null device arrived'),
      // The run ended before, by a verdict or from outside.
      () => undefined,
    );
  }
}

/** What the board writes to its null device must not arrive, what it writes to stdout must. */
export const devNullAuto: HostTest = {
  name: 'dev_null_auto',
  start: (context) => new DevNullSession(context),
};
