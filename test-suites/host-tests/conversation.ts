import type { HostTestContext, HostTestMessage, HostTestSession } from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

/** A host test written as it talks: it waits for messages with `yield* receive(…)`. */
export type Script = AsyncGenerator<void, void, HostTestMessage>;

/** The board did not do what the test demands: the run fails with this message. */
export class TestFailure extends Error {
  override readonly name = 'TestFailure';
}

/** Waits for the next message with one of `keys`; others are left out. */
export async function* receive(
  ...keys: readonly string[]
): AsyncGenerator<void, HostTestMessage, HostTestMessage> {
  for (;;) {
    const message = yield;
    if (keys.includes(message.key)) return message;
  }
}

/** Waits for the next message, which must have `key`. @throws TestFailure when it has another. */
export async function* receiveNext(
  key: string,
): AsyncGenerator<void, HostTestMessage, HostTestMessage> {
  const message = yield;
  if (message.key === key) return message;
  throw new TestFailure(`expected ${key}, the board sent ${message.key}`);
}

/**
 * Runs a script. While it works on one message the next ones wait. The firmware's `end` is taken for the verdict
 * unless the script has given one before.
 */
export function conversation(context: HostTestContext, script: Script): HostTestSession {
  // Runs up to its first wait; a message that comes before that is handed over after it.
  const begun = script.next();
  begun.catch(() => undefined);
  return {
    async onMessage(message) {
      if (message.key === 'end') {
        finishOnEnd(context, message);
        return;
      }
      try {
        await begun;
        await script.next(message);
      } catch (error) {
        if (!(error instanceof TestFailure)) throw error;
        context.finish('fail', error.message);
      }
    },
  };
}

/** Sends what the board gave us. @throws TestFailure when it cannot be sent: the board could not read it itself. */
export async function sendBoardText(
  context: HostTestContext,
  key: string,
  value: string,
): Promise<void> {
  try {
    await context.send(key, value);
  } catch (error) {
    throw new TestFailure(error instanceof Error ? error.message : String(error));
  }
}

/** A short quotation of what the board sent. */
export function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
