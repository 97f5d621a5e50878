import type { UsbLink, UsbSetup } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';
import { exchange, isHalted, setHalt, statusOf } from './pyusb-control.js';
import {
  type Configuration,
  configurations,
  DESCRIPTOR,
  type Interface,
} from './usb-descriptors.js';
import {
  bytesOf,
  CONTROL_MS,
  expectEqual,
  getDescriptor,
  isRefused,
  REQUEST,
  succeeds,
  word,
} from './usb-requests.js';

const DEVICE_BYTES = 18;
const CONFIGURATION_BYTES = 9;
const SMALL_SIZES = [64, 256];

export interface UsbIds {
  readonly vendorId: number;
  readonly productId: number;
}

/** The standard requests of USB 2.0, chapter 9, as far as Mbed OS supports them. */
export async function checkStandardRequests(link: UsbLink, ids: UsbIds): Promise<void> {
  const all = configurations(link.descriptors);
  await checkConfigurations(link, all);
  await checkInterfaces(link, all);
  await checkStatus(link, all);
  await checkHalts(link, all);
  await checkDescriptors(link, ids);
}

async function checkConfigurations(link: UsbLink, all: readonly Configuration[]): Promise<void> {
  expectEqual('configuration after the enumeration', await configuration(link), 1);
  await configure(link, 0);
  for (const { value } of all) {
    await configure(link, value);
    await exchange(link, SMALL_SIZES);
  }
}

async function checkInterfaces(link: UsbLink, all: readonly Configuration[]): Promise<void> {
  await forEachSetting(link, all, async ({ number, alternate }) => {
    const setup = standard('interface', REQUEST.getInterface, { index: number });
    const what = `alternate setting of interface ${number}`;
    const [got = -1] = await bytesOf(what, link.controlIn(setup, 1, CONTROL_MS));
    expectEqual(what, got, alternate);
    await exchange(link, SMALL_SIZES);
  });
  await exchange(link, SMALL_SIZES);
}

async function checkStatus(link: UsbLink, all: readonly Configuration[]): Promise<void> {
  // Bit 0: self-powered, bit 1: remote wakeup. The others are reserved.
  const status = await statusOf(link, 'device', 0);
  if (status > 3) throw new TestFailure(`status of the device: expected 0 to 3, got ${status}`);
  await forEachSetting(link, all, async ({ number, endpoints }) => {
    expectEqual('status of endpoint 0', await statusOf(link, 'endpoint', 0), 0);
    expectEqual(`status of interface ${number}`, await statusOf(link, 'interface', number), 0);
    for (const { address } of endpoints)
      expectEqual(`status of endpoint ${address}`, await statusOf(link, 'endpoint', address), 0);
  });
}

async function checkHalts(link: UsbLink, all: readonly Configuration[]): Promise<void> {
  await forEachSetting(link, all, async ({ endpoints }) => {
    for (const { address } of endpoints)
      for (const isHalt of [true, false]) {
        await setHalt(link, address, isHalt);
        if ((await isHalted(link, address)) !== isHalt)
          throw new TestFailure(`endpoint ${address} is ${isHalt ? 'not' : 'still'} halted`);
      }
  });
}

async function checkDescriptors(link: UsbLink, { vendorId, productId }: UsbIds): Promise<void> {
  const read = (type: number, length: number) =>
    link.controlIn(getDescriptor('device', { type }), length, CONTROL_MS);
  const device = await bytesOf('device descriptor', read(DESCRIPTOR.device, DEVICE_BYTES));
  expectEqual('length of the device descriptor', device.length, DEVICE_BYTES);
  expectEqual('bLength of the device descriptor', device[0] ?? -1, DEVICE_BYTES);
  expectEqual('vendor id', word('vendor id', device.subarray(8, 10)), vendorId);
  expectEqual('product id', word('product id', device.subarray(10, 12)), productId);
  const reading = read(DESCRIPTOR.configuration, CONFIGURATION_BYTES);
  const [length = -1] = await bytesOf('configuration descriptor', reading);
  expectEqual('bLength of the configuration descriptor', length, CONFIGURATION_BYTES);
  // They come with their configuration only (9.4.3).
  for (const type of [DESCRIPTOR.interface, DESCRIPTOR.endpoint])
    await isRefused(`reading descriptor ${type} by itself`, read(type, CONFIGURATION_BYTES));
  const setup = standard('device', REQUEST.setDescriptor, { value: DESCRIPTOR.device << 8 });
  const writing = link.controlOut(setup, new Uint8Array(DEVICE_BYTES), CONTROL_MS);
  await isRefused('setting the device descriptor', writing);
}

/** Goes through every alternate setting of every configuration, and ends in the first configuration. */
async function forEachSetting(
  link: UsbLink,
  all: readonly Configuration[],
  visit: (setting: Interface) => Promise<void>,
): Promise<void> {
  for (const { value, interfaces } of all) {
    await configure(link, value);
    for (const setting of interfaces) {
      await setAlternate(link, setting);
      await visit(setting);
    }
  }
  await configure(link, all[0]?.value ?? 1);
}

/** Takes the interface and sets one of its alternate settings. */
export async function setAlternate(
  link: UsbLink,
  { number, alternate }: Pick<Interface, 'number' | 'alternate'>,
): Promise<void> {
  await succeeds(`taking interface ${number}`, link.claim(number));
  const what = `setting alternate ${alternate} of interface ${number}`;
  await succeeds(what, link.setAlternate(number, alternate));
}

/**
 * By a request of our own: the kernel would refuse to leave a configuration of which an interface is in use. It learns
 * nothing of it, which does no harm, as every endpoint is set anew with its alternate setting.
 */
async function configure(link: UsbLink, value: number): Promise<void> {
  const setup = standard('device', REQUEST.setConfiguration, { value });
  const setting = link.controlOut(setup, new Uint8Array(), CONTROL_MS);
  await succeeds(`setting configuration ${value}`, setting);
  expectEqual('configuration', await configuration(link), value);
}

async function configuration(link: UsbLink): Promise<number> {
  const setup = standard('device', REQUEST.getConfiguration, {});
  const [value = -1] = await bytesOf('configuration', link.controlIn(setup, 1, CONTROL_MS));
  return value;
}

function standard(
  recipient: UsbSetup['recipient'],
  request: number,
  { value = 0, index = 0 }: { value?: number; index?: number },
): UsbSetup {
  return { type: 'standard', recipient, request, value, index };
}
