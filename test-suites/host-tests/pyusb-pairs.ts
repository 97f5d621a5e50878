import type { UsbLink } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';
import { expectSame } from './pyusb-control.js';
import { setAlternate } from './pyusb-standard.js';
import { configurations, type Endpoint, type Interface } from './usb-descriptors.js';
import { bytesOf, succeeds, TRANSFER_MS } from './usb-requests.js';

/** An endpoint for each direction, of one type and size. */
export interface Pair {
  readonly out: Endpoint;
  readonly in: Endpoint;
}

/** Waits for all, so that nothing is still being transferred, then throws what the first of them threw. */
export async function together(works: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Random bytes go out and come back. @throws TestFailure when they do not */
export async function loop(link: UsbLink, pair: Pair, size: number): Promise<void> {
  const sent = globalThis.crypto.getRandomValues(new Uint8Array(size));
  const [out, back] = [pair.out.address, pair.in.address];
  const what = `${pair.out.type} transfer of ${size} bytes`;
  await succeeds(`${what} to endpoint ${out}`, link.write(out, sent, TRANSFER_MS));
  const reading = link.read(back, pair.in.maxPacketBytes, TRANSFER_MS);
  expectSame(what, await bytesOf(`${what} from endpoint ${back}`, reading), sent);
}

/** Every alternate setting but the first, which has no working endpoints. */
export async function forEachAlternate(
  link: UsbLink,
  visit: (setting: Interface) => Promise<void>,
): Promise<void> {
  const all = configurations(link.descriptors)[0]?.interfaces ?? [];
  const settings = all.filter(({ alternate }) => alternate > 0);
  if (settings.length === 0) throw new TestFailure('the device has no alternate settings');
  for (const setting of settings) {
    await setAlternate(link, setting);
    await visit(setting);
  }
}

/** The bulk and the interrupt pair. Isochronous ones must be there too; nobody transfers by them. */
export function pairs(setting: Interface): Pair[] {
  pairOf(setting, 'isochronous');
  return [pairOf(setting, 'bulk'), pairOf(setting, 'interrupt')];
}

export function pairOf({ number, alternate, endpoints }: Interface, type: Endpoint['type']): Pair {
  const of = (isIn: boolean) =>
    endpoints.find((each) => each.type === type && each.address >= 0x80 === isIn);
  const [out, back] = [of(false), of(true)];
  const where = `alternate ${alternate} of interface ${number}`;
  if (!out || !back) throw new TestFailure(`${where} has no pair of ${type} endpoints`);
  if (out.maxPacketBytes !== back.maxPacketBytes)
    throw new TestFailure(`${where}: its ${type} endpoints differ in size`);
  return { out, in: back };
}
