import { z } from 'zod';
import { messageOf } from '../../deadline.js';

/** What we use of a device of the npm package `usb` 3. Its own types need those of WebUSB as globals. */
export interface NativeDevice {
  /** Number of the bus, in decimal digits. */
  readonly bus: string;
  readonly address: number;
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  claimInterface(number: number): Promise<void>;
  releaseInterface(number: number): Promise<void>;
  selectAlternateInterface(number: number, alternate: number): Promise<void>;
  detachKernelDriver(number: number): Promise<void>;
  attachKernelDriver(number: number): Promise<void>;
  clearHalt(direction: 'in' | 'out', endpoint: number): Promise<void>;
  nativeControlTransferIn(
    setup: NativeSetup,
    timeoutMs: number,
    length: number,
  ): Promise<Uint8Array | null>;
  nativeControlTransferOut(
    setup: NativeSetup,
    timeoutMs: number,
    bytes: Uint8Array,
  ): Promise<number>;
  nativeTransferIn(endpoint: number, timeoutMs: number, length: number): Promise<Uint8Array | null>;
  nativeTransferOut(endpoint: number, timeoutMs: number, bytes: Uint8Array): Promise<number>;
}

interface NativeSetup {
  readonly requestType: string;
  readonly recipient: string;
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

/** Lists the devices that are plugged in. */
export type ListNativeDevices = () => Promise<readonly NativeDevice[]>;

const moduleSchema = z.object({
  usb: z.custom<{ getDevices: ListNativeDevices }>(
    (value) => typeof Object(value).getDevices === 'function',
    'expected an object with getDevices',
  ),
});

/** Loads the package, whose binary is an optional download. @throws Error when it is not there for this machine */
export async function nativeUsb(): Promise<ListNativeDevices> {
  try {
    const { usb } = moduleSchema.parse(await import('usb'));
    return async () => await usb.getDevices();
  } catch (error) {
    throw new Error(
      `USB transfers need the npm package usb with its binary for this machine (${messageOf(error)}). ` +
        'Install the agent anew without leaving out optional packages',
      { cause: error },
    );
  }
}
