import type { UsbInEnd, UsbLink, UsbOutEnd, UsbSetup } from '@greenrack/farm-protocol';
import type { EmulatedUsbDevice } from './emulated-usb-device.js';

const TYPES = { standard: 0x00, class: 0x20, vendor: 0x40 };
const RECIPIENTS = { device: 0, interface: 1, endpoint: 2 };
const NO_DATA = new Uint8Array();

/** Lets other transfers have their turn, as a bus does. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host controller: what it keeps of each endpoint is the data toggle that it expects. */
export class EmulatedUsbHost implements UsbLink {
  readonly descriptors: Uint8Array;
  readonly #device: EmulatedUsbDevice;
  readonly #toggles = new Map<number, 0 | 1>();
  readonly #claimed = new Set<number>();
  #isGone = false;
  resets = 0;
  isClosed = false;

  constructor(device: EmulatedUsbDevice) {
    this.#device = device;
    this.descriptors = device.descriptors;
  }

  /** Pulls the cable. */
  disconnect(): void {
    this.#isGone = true;
  }

  async controlIn(setup: UsbSetup, length: number): Promise<UsbInEnd> {
    return await this.#control(setup, { direction: 0x80, length, data: NO_DATA });
  }

  async controlOut(setup: UsbSetup, data: Uint8Array): Promise<UsbOutEnd> {
    return await this.#control(setup, { direction: 0, length: data.length, data });
  }

  async read(address: number, length: number): Promise<UsbInEnd> {
    await turn();
    this.#checkClaimed();
    if (this.#isGone) return gone();
    const packet = this.#device.in(address & 0x0f);
    if (packet === 'stall') return stalled();
    if (packet === 'nak') return timedOut();
    // A packet that came before is acknowledged and dropped; nothing follows it.
    if (packet.toggle !== this.#toggle(address)) return timedOut();
    this.#toggles.set(address, packet.toggle === 0 ? 1 : 0);
    return { how: 'done', bytes: packet.bytes.subarray(0, length) };
  }

  async write(address: number, bytes: Uint8Array): Promise<UsbOutEnd> {
    await turn();
    this.#checkClaimed();
    if (this.#isGone) return gone();
    const toggle = this.#toggle(address);
    const answer = this.#device.out(address, { toggle, bytes });
    if (answer === 'stall') return stalled();
    if (answer === 'nak') return timedOut();
    this.#toggles.set(address, toggle === 0 ? 1 : 0);
    return { how: 'done' };
  }

  async claim(interfaceNumber: number): Promise<UsbOutEnd> {
    this.#claimed.add(interfaceNumber);
    return { how: 'done' };
  }

  async setAlternate(index: number, value: number): Promise<UsbOutEnd> {
    this.#toggles.clear();
    return await this.controlOut(
      { type: 'standard', recipient: 'interface', request: 11, value, index },
      NO_DATA,
    );
  }

  async clearHalt(index: number): Promise<UsbOutEnd> {
    this.#toggles.delete(index);
    return await this.controlOut(
      { type: 'standard', recipient: 'endpoint', request: 1, value: 0, index },
      NO_DATA,
    );
  }

  async reset(): Promise<UsbOutEnd> {
    this.resets++;
    return { how: 'done' };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  async #control(
    { type, recipient, request, value, index }: UsbSetup,
    { direction, length, data }: { direction: number; length: number; data: Uint8Array },
  ): Promise<{ how: 'done'; bytes: Uint8Array } | ReturnType<typeof stalled>> {
    await turn();
    if (recipient !== 'device') this.#checkClaimed();
    if (this.#isGone) return gone();
    const packet = new DataView(new ArrayBuffer(8));
    packet.setUint8(0, direction | TYPES[type] | RECIPIENTS[recipient]);
    packet.setUint8(1, request);
    for (const [at, word] of [value, index, length].entries())
      packet.setUint16(2 + 2 * at, word, true);
    const answer = this.#device.setup(new Uint8Array(packet.buffer), data);
    return answer === 'stall' ? stalled() : { how: 'done', bytes: answer };
  }

  #toggle(address: number): 0 | 1 {
    return this.#toggles.get(address) ?? 0;
  }

  #checkClaimed(): void {
    if (this.#claimed.size === 0) throw new Error('no interface was claimed');
  }
}

type Failure = { readonly how: 'stalled' | 'timedOut' | 'gone'; readonly detail: string };
const stalled = (): Failure => ({ how: 'stalled', detail: 'STALL' });
const timedOut = (): Failure => ({ how: 'timedOut', detail: 'NAK' });
const gone = (): Failure => ({ how: 'gone', detail: 'no device' });
