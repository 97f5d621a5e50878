import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
} from '@greenrack/farm-protocol';

/** Most echoes that a board may ask for. */
const MAX_ECHOES = 100_000;

/** Sends values that cannot be guessed and compares what comes back. */
class EchoSession implements HostTestSession {
  #left = 0;
  #sent = '';

  constructor(private readonly context: HostTestContext) {}

  async onMessage({ key, value }: HostTestMessage): Promise<void> {
    if (key === 'echo_count') await this.#begin(value);
    else if (key === 'echo') await this.#compare(value);
  }

  async #begin(value: string): Promise<void> {
    const count = /^\d{1,6}$/.test(value.trim()) ? Number(value) : 0;
    if (count < 1 || count > MAX_ECHOES) {
      this.context.finish(
        'fail',
        `echo_count must be 1 to ${MAX_ECHOES}, got ${JSON.stringify(value.slice(0, 80))}`,
      );
      return;
    }
    this.#left = count;
    await this.context.send('echo_count', value);
    await this.#sendNext();
  }

  async #compare(value: string): Promise<void> {
    if (this.#sent === '') return;
    if (value !== this.#sent) {
      const got = JSON.stringify(value.slice(0, 80));
      this.context.finish('fail', `sent ${JSON.stringify(this.#sent)}, the board returned ${got}`);
      return;
    }
    this.#left--;
    await this.#sendNext();
  }

  async #sendNext(): Promise<void> {
    if (this.#left === 0) {
      this.#sent = '';
      this.context.finish('pass', '');
      return;
    }
    this.#sent = globalThis.crypto.randomUUID();
    await this.context.send('echo', this.#sent);
  }
}

/** The board is the echo: it asks for `echo_count` values, and the host judges what it returns. */
export const echo: HostTest = { name: 'echo', start: (context) => new EchoSession(context) };
