import type { HostTestContext, HostTestSession } from '@greenrack/farm-protocol';
import { createHostTests } from '../../host-tests/index.js';

/** Characters that a board's tokenizer takes; see the protocol notes of the agent. */
const SENDABLE = /^[^{};|[\]~`\u0080-\uffff]+$/;

/** The far end of a host test: what it sends and says is recorded, messages are played by hand. */
export class HostTestBench {
  readonly sent: [string, string][] = [];
  readonly finished: { verdict: 'pass' | 'fail'; message: string }[] = [];
  readonly #session: HostTestSession;

  constructor(name: string) {
    const test = createHostTests().get(name);
    if (!test) throw new Error(`no host test ${name}`);
    this.#session = test.start(this.#context());
  }

  get verdict(): string | undefined {
    return this.finished[0]?.verdict;
  }

  async say(key: string, value: string): Promise<void> {
    await this.#session.onMessage?.({ key, value, atUs: 0 });
  }

  #context(): HostTestContext {
    return {
      send: async (key, value) => {
        if (!SENDABLE.test(value)) throw new Error(`cannot send ${value}`);
        this.sent.push([key, value]);
      },
      finish: (verdict, message) => void this.finished.push({ verdict, message }),
      note: () => undefined,
      resetBoard: () => Promise.resolve(),
      expectReset: () => undefined,
      delay: () => Promise.resolve(),
      nowUs: () => 0,
    };
  }
}
