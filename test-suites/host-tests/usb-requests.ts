import type { UsbLink, UsbOutEnd, UsbSetup, UsbTransferFailure } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';

/** The test's definition for a control transfer. */
export const CONTROL_MS = 5000;
/** The test's definition for a bulk or interrupt transfer. */
export const TRANSFER_MS = 1000;

/** Standard requests (USB 2.0, table 9-4). */
export const REQUEST = {
  getStatus: 0,
  clearFeature: 1,
  setFeature: 3,
  getDescriptor: 6,
  setDescriptor: 7,
  getConfiguration: 8,
  setConfiguration: 9,
  getInterface: 10,
} as const;

/** What a transfer brought. @throws TestFailure with `what` when it failed */
export async function bytesOf(
  what: string,
  transfer: ReturnType<UsbLink['controlIn']>,
): Promise<Uint8Array> {
  const end = await transfer;
  if (end.how === 'done') return end.bytes;
  throw failed(what, end);
}

/** @throws TestFailure with `what` when the transfer failed */
export async function succeeds(what: string, transfer: Promise<UsbOutEnd>): Promise<void> {
  const end = await transfer;
  if (end.how !== 'done') throw failed(what, end);
}

/** @throws TestFailure when the device takes a request that it must refuse, or is gone */
export async function isRefused(
  what: string,
  transfer: Promise<{ readonly how: 'done' } | UsbTransferFailure>,
): Promise<void> {
  const end = await transfer;
  if (end.how === 'done') throw new TestFailure(`${what} must be refused, and was not`);
  if (end.how === 'gone') throw failed(what, end);
}

/** @throws TestFailure unless both are equal */
export function expectEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new TestFailure(`${what}: expected ${expected}, got ${actual}`);
}

/** A GET_DESCRIPTOR request. `index` is the interface or the language. */
export function getDescriptor(
  recipient: UsbSetup['recipient'],
  { type, number = 0, index = 0 }: { type: number; number?: number; index?: number },
): UsbSetup {
  const value = (type << 8) | number;
  return { type: 'standard', recipient, request: REQUEST.getDescriptor, value, index };
}

/** A 16-bit number, as USB sends it. @throws TestFailure when there are not two bytes */
export function word(what: string, bytes: Uint8Array): number {
  const [low, high, ...more] = bytes;
  if (low !== undefined && high !== undefined && more.length === 0) return low | (high << 8);
  throw new TestFailure(`${what}: expected 2 bytes, got ${bytes.length}`);
}

function failed(what: string, { how, detail }: UsbTransferFailure): TestFailure {
  return new TestFailure(`${what} ${how === 'timedOut' ? 'timed out' : how}: ${detail}`);
}
