import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  UsbInEnd,
  UsbLink,
  UsbOutEnd,
  UsbSetup,
  UsbTransferFailure,
} from '@greenrack/farm-protocol';
import { messageOf } from '../../deadline.js';
import type { NativeDevice } from './native-usb.js';

const ADDRESS_MASK = 0x0f;
const IN_BIT = 0x80;

/** Transfers through the npm package `usb`. Control transfers to an interface or endpoint need a claimed interface. */
export class NativeUsbLink implements UsbLink {
  readonly descriptors: Uint8Array;
  readonly #device: NativeDevice;
  readonly #claimed = new Map<number, { wasBound: boolean }>();

  private constructor(device: NativeDevice, descriptors: Uint8Array) {
    this.#device = device;
    this.descriptors = descriptors;
  }

  /** @param dir - of the device in sysfs */
  static async open(device: NativeDevice, dir: string): Promise<NativeUsbLink> {
    const descriptors = await readFile(join(dir, 'descriptors'));
    await device.open();
    return new NativeUsbLink(device, descriptors);
  }

  async controlIn(setup: UsbSetup, length: number, timeoutMs: number): Promise<UsbInEnd> {
    const asked = native(setup);
    return await received(this.#device.nativeControlTransferIn(asked, timeoutMs, length));
  }

  async controlOut(setup: UsbSetup, bytes: Uint8Array, timeoutMs: number): Promise<UsbOutEnd> {
    return await done(this.#device.nativeControlTransferOut(native(setup), timeoutMs, bytes));
  }

  async read(endpoint: number, length: number, timeoutMs: number): Promise<UsbInEnd> {
    const number = endpoint & ADDRESS_MASK;
    return await received(this.#device.nativeTransferIn(number, timeoutMs, length));
  }

  async write(endpoint: number, bytes: Uint8Array, timeoutMs: number): Promise<UsbOutEnd> {
    return await done(this.#device.nativeTransferOut(endpoint & ADDRESS_MASK, timeoutMs, bytes));
  }

  async claim(interfaceNumber: number): Promise<UsbOutEnd> {
    if (this.#claimed.has(interfaceNumber)) return { how: 'done' };
    const wasBound = (await this.#detach(interfaceNumber)).how === 'done';
    const end = await done(this.#device.claimInterface(interfaceNumber));
    if (end.how === 'done') this.#claimed.set(interfaceNumber, { wasBound });
    return end;
  }

  async setAlternate(interfaceNumber: number, alternate: number): Promise<UsbOutEnd> {
    return await done(this.#device.selectAlternateInterface(interfaceNumber, alternate));
  }

  async clearHalt(endpoint: number): Promise<UsbOutEnd> {
    const direction = endpoint & IN_BIT ? 'in' : 'out';
    return await done(this.#device.clearHalt(direction, endpoint & ADDRESS_MASK));
  }

  async reset(): Promise<UsbOutEnd> {
    return await done(this.#device.reset());
  }

  async close(): Promise<void> {
    try {
      for (const [number, { wasBound }] of this.#claimed) {
        await this.#device.releaseInterface(number);
        // A device that is gone has no driver to get back; any other is enumerated anew before it is used again.
        if (wasBound) await done(this.#device.attachKernelDriver(number));
      }
    } finally {
      this.#claimed.clear();
      await this.#device.close();
    }
  }

  /** Fails when no driver is bound, which is all the same: a driver that stays makes the claim fail. */
  async #detach(interfaceNumber: number): Promise<UsbOutEnd> {
    return await done(this.#device.detachKernelDriver(interfaceNumber));
  }
}

function native({ type, recipient, request, value, index }: UsbSetup) {
  return { requestType: type, recipient, request, value, index };
}

async function received(transfer: Promise<Uint8Array | null>): Promise<UsbInEnd> {
  try {
    return { how: 'done', bytes: (await transfer) ?? new Uint8Array() };
  } catch (error) {
    return failureOf(error);
  }
}

async function done(transfer: Promise<unknown>): Promise<UsbOutEnd> {
  try {
    await transfer;
    return { how: 'done' };
  } catch (error) {
    return failureOf(error);
  }
}

/**
 * What nusb's words mean: control transfers say them in prose, the others by the name of the error. It cancels a
 * transfer when its time is over.
 */
const FAILURES: readonly (readonly [RegExp, UsbTransferFailure['how']])[] = [
  [/endpoint stalled|error: Stall$/, 'stalled'],
  [/was cancelled|error: Cancelled$/, 'timedOut'],
  [/device disconnected|device not found|error: Disconnected$/, 'gone'],
];
/** No fault of the device: an interface that was not claimed or that another program has, a call that was wrong. */
const OURS = /invalid state|endpoint not found|in use|is busy|unsupported argument|InvalidArgument/;

/** @throws Error for what is not the device's doing */
function failureOf(error: unknown): UsbTransferFailure {
  const detail = messageOf(error);
  if (OURS.test(detail)) throw error;
  return { how: FAILURES.find(([words]) => words.test(detail))?.[1] ?? 'failed', detail };
}
