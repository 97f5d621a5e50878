import type { HostTestContext } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';

/** From the message that says so until the host has found what the firmware shows; Mbed's scripts give it 1 or 2 s. */
export const APPEAR_MS = 10_000;

/** Serial number by which one run's device is told from any other: 32 hexadecimal digits, as the firmware expects. */
export function newSerialNumber(): string {
  return globalThis.crypto.randomUUID().replaceAll('-', '');
}

/** What was found. @throws TestFailure when the board has not shown it, with what is on the bus instead */
export async function appeared<T>(
  context: HostTestContext,
  what: string,
  found: Promise<T | undefined>,
): Promise<T> {
  const one = await found;
  if (one !== undefined) return one;
  const seen = await context.instruments['usb-device'].whyMissing();
  throw new TestFailure(
    `the board asked for its ${what}, which did not appear on the bus within ${APPEAR_MS} ms: ${seen}`,
  );
}
