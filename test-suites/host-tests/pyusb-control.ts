import type { UsbLink, UsbSetup } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';
import { DESCRIPTOR } from './usb-descriptors.js';
import {
  bytesOf,
  CONTROL_MS,
  expectEqual,
  getDescriptor,
  isRefused,
  REQUEST,
  succeeds,
} from './usb-requests.js';

/** Vendor requests of Mbed's test device. */
const VENDOR = { in: 1, out: 2, inSizes: 3, outSizes: 4, rwRestart: 5, abortCheck: 6, none: 32 };
/** Around each power of two and each packet size, up to the buffer of the firmware. */
const SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257];
const LARGE_SIZES = [511, 512, 513, 1023, 1024, 1025, 2047, 2048];
const STRESS_ROUNDS = 100;
const STRESS_BYTES = 8;
/** The device has strings 0 to 5. */
const STRINGS = [3, 4, 5];
const NO_STRINGS = [6, 7];
const MAX_BYTES = 255;

const vendor = (request: number, value = 0, index = 0): UsbSetup => ({
  type: 'vendor',
  recipient: 'device',
  request,
  value,
  index,
});

/** Sends random bytes and reads them back, in each of the sizes. @throws TestFailure when they differ */
export async function exchange(link: UsbLink, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    const sent = globalThis.crypto.getRandomValues(new Uint8Array(size));
    const writing = link.controlOut(vendor(VENDOR.outSizes, size), sent, CONTROL_MS);
    await succeeds(`control OUT of ${size} bytes`, writing);
    const reading = link.controlIn(vendor(VENDOR.inSizes), size, CONTROL_MS);
    expectSame(`control transfer`, await bytesOf(`control IN of ${size} bytes`, reading), sent);
  }
}

export async function checkSizes(link: UsbLink): Promise<void> {
  await exchange(link, [...SIZES, ...LARGE_SIZES]);
}

/** Transfers that follow each other as fast as they can, in and out and both by turns. */
export async function checkStress(link: UsbLink): Promise<void> {
  let count = 0;
  const read = async (): Promise<void> => {
    const setup = vendor(VENDOR.in, STRESS_BYTES, count++);
    await bytesOf(`control IN ${count}`, link.controlIn(setup, MAX_BYTES, CONTROL_MS));
  };
  const write = async (): Promise<void> => {
    const setup = vendor(VENDOR.out, STRESS_BYTES, count++);
    const writing = link.controlOut(setup, new Uint8Array(STRESS_BYTES), CONTROL_MS);
    await succeeds(`control OUT ${count}`, writing);
  };
  for (const round of [[read], [write, read], [write]])
    for (let i = 0; i < STRESS_ROUNDS; i++) for (const transfer of round) await transfer();
}

/** What the device does not know it must stall, with and without data, and then go on. */
export async function checkRefusals(link: UsbLink): Promise<void> {
  const unknown = vendor(VENDOR.none);
  const outs = [64, 0].map((size) => new Uint8Array(size));
  for (const bytes of outs)
    await isRefused(
      `an unknown request OUT with ${bytes.length} bytes`,
      link.controlOut(unknown, bytes, CONTROL_MS),
    );
  for (const length of [0, MAX_BYTES])
    await isRefused(
      `an unknown request IN with ${length} bytes`,
      link.controlIn(unknown, length, CONTROL_MS),
    );
  const string = (number: number) => {
    const setup = getDescriptor('device', { type: DESCRIPTOR.string, number });
    return link.controlIn(setup, MAX_BYTES, CONTROL_MS);
  };
  for (const number of STRINGS) await bytesOf(`reading string ${number}`, string(number));
  for (const number of NO_STRINGS) await isRefused(`reading string ${number}`, string(number));
}

/** Has the firmware wait for data on its OUT endpoints again; data toggles stay as they are. */
export async function restartEndpoints(link: UsbLink): Promise<void> {
  const asking = link.controlOut(vendor(VENDOR.rwRestart), new Uint8Array(), CONTROL_MS);
  await succeeds('restarting the endpoints', asking);
}

/** Whether the firmware has its buffer of an OUT endpoint back after it aborted the transfer. */
export async function isBufferReleased(link: UsbLink, endpoint: number): Promise<boolean> {
  const setup: UsbSetup = { ...vendor(VENDOR.abortCheck, 0, endpoint), recipient: 'endpoint' };
  const asking = link.controlIn(setup, 1, CONTROL_MS);
  const [answer] = await bytesOf('asking for the buffer of an aborted transfer', asking);
  return answer === 1;
}

/** `ENDPOINT_HALT` of an endpoint as GET_STATUS tells it. */
export async function isHalted(link: UsbLink, index: number): Promise<boolean> {
  return (await statusOf(link, 'endpoint', index)) === 1;
}

export async function statusOf(
  link: UsbLink,
  recipient: UsbSetup['recipient'],
  index: number,
): Promise<number> {
  const request = REQUEST.getStatus;
  const setup: UsbSetup = { type: 'standard', recipient, request, value: 0, index };
  const what = `status of ${recipient} ${index}`;
  const bytes = await bytesOf(what, link.controlIn(setup, 2, CONTROL_MS));
  expectEqual(`bytes of the ${what}`, bytes.length, 2);
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}

/** Halts an endpoint, or ends the halt without telling this side of the cable. */
export async function setHalt(link: UsbLink, index: number, isHalt: boolean): Promise<void> {
  const request = isHalt ? REQUEST.setFeature : REQUEST.clearFeature;
  const setup: UsbSetup = { type: 'standard', recipient: 'endpoint', request, value: 0, index };
  const what = `${isHalt ? 'halting' : 'releasing'} endpoint ${index}`;
  await succeeds(what, link.controlOut(setup, new Uint8Array(), CONTROL_MS));
}

/** @throws TestFailure unless both are equal */
export function expectSame(what: string, got: Uint8Array, sent: Uint8Array): void {
  if (got.length !== sent.length)
    throw new TestFailure(`${what}: sent ${sent.length} bytes, got ${got.length} back`);
  const at = got.findIndex((byte, i) => byte !== sent[i]);
  if (at >= 0)
    throw new TestFailure(`${what}: byte ${at} of ${got.length} is ${got[at]}, sent ${sent[at]}`);
}
