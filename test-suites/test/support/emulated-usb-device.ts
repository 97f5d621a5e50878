/*
 * A USB device at the level of its packets, written from USB 2.0, chapters 8 and 9: setup packets of 8 bytes
 *
 *   ┌───────────────┬──────────┬────────┬────────┬─────────┐
 *   │ bmRequestType │ bRequest │ wValue │ wIndex │ wLength │   numbers of two bytes: the low one first
 *   └───────────────┴──────────┴────────┴────────┴─────────┘
 *
 * and data packets with their toggle (DATA0, DATA1). It has the vendor requests and the endpoints that come back of
 * Mbed's test device.
 */
/** What the device answers to a token. A packet with the wrong toggle is acknowledged and dropped (8.6.4). */
export type Handshake = 'ack' | 'nak' | 'stall';
export interface Packet {
  readonly toggle: 0 | 1;
  readonly bytes: Uint8Array;
}

export interface DeviceFaults {
  /** Requests that it stalls though it should not, by `bmRequestType` and `bRequest` in hexadecimal digits. */
  readonly stalls?: readonly string[];
  /** Control data that comes back short by so many bytes. */
  readonly shortBy?: number;
  /** Turns over the first byte of what comes back from its endpoints. */
  readonly garbles?: boolean;
  /** Keeps its data toggles when an interface is set or a halt ends. */
  readonly keepsToggles?: boolean;
  /** Answers NAK on its endpoints for ever. */
  readonly sleeps?: boolean;
  /** Takes a halt and transfers all the same. */
  readonly ignoresHalt?: boolean;
  /** Answers any request that it does not know. */
  readonly answersAll?: boolean;
  /** Sends on after an abort. */
  readonly neverAborts?: boolean;
}

const ABORT_AFTER = 2;

interface EndpointState {
  isHalted: boolean;
  toggle: 0 | 1;
  packets: number;
}

export class EmulatedUsbDevice {
  readonly descriptors: Uint8Array;
  configuration = 1;
  readonly alternates = new Map<number, number>();
  readonly #faults: DeviceFaults;
  /** The firmware aborts transfers after two packets. */
  readonly #aborts: boolean;
  readonly #answers: ReadonlyMap<string, Uint8Array>;
  readonly #endpoints = new Map<number, EndpointState>();
  /** Packets that wait to be fetched, by the number of the endpoint. */
  readonly #waiting = new Map<number, Uint8Array[]>();
  #control: Uint8Array = new Uint8Array(2048);

  /**
   * @param descriptors - device descriptor and configuration
   * @param more - answers to further requests IN, by the first six bytes of the setup packet in hexadecimal digits
   */
  constructor(
    descriptors: Uint8Array,
    {
      faults = {},
      aborts = false,
      more = {},
    }: {
      faults?: DeviceFaults;
      aborts?: boolean;
      more?: Readonly<Record<string, Uint8Array>>;
    } = {},
  ) {
    this.descriptors = descriptors;
    this.#faults = faults;
    this.#aborts = aborts;
    this.#answers = new Map(Object.entries(more));
  }

  /** A control transfer: `data` goes out with it, what is answered came in. */
  setup(packet: Uint8Array, data: Uint8Array): Uint8Array | 'stall' {
    const view = new DataView(packet.buffer, packet.byteOffset, 8);
    const [type, request] = [view.getUint8(0), view.getUint8(1)];
    const [value, index, length] = [2, 4, 6].map((at) => view.getUint16(at, true));
    const hex = Buffer.from(packet.subarray(0, 6)).toString('hex');
    if (this.#faults.stalls?.includes(hex.slice(0, 4))) return 'stall';
    const fields = { value: value ?? 0, index: index ?? 0, length: length ?? 0 };
    const known = this.#answers.get(hex);
    const answer =
      known ?? ((type & 0x60) === 0 ? this.#standard(type, request, fields) : undefined);
    const ours =
      answer ?? ((type & 0x60) === 0x40 ? this.#vendor(request, fields, data) : undefined);
    if (ours === undefined) return this.#faults.answersAll ? new Uint8Array() : 'stall';
    return ours.subarray(0, fields.length);
  }

  out(number: number, { toggle, bytes }: Packet): Handshake {
    const endpoint = this.#endpoint(number);
    if (endpoint.isHalted && !this.#faults.ignoresHalt) return 'stall';
    if (this.#faults.sleeps || this.#isAborted(endpoint)) return 'nak';
    if (toggle !== endpoint.toggle) return 'ack';
    endpoint.toggle = toggle === 0 ? 1 : 0;
    endpoint.packets++;
    if (!this.#aborts) this.#queue(number).push(this.#returned(bytes));
    return 'ack';
  }

  in(number: number): Packet | Exclude<Handshake, 'ack'> {
    const endpoint = this.#endpoint(number | 0x80);
    if (endpoint.isHalted && !this.#faults.ignoresHalt) return 'stall';
    if (this.#faults.sleeps || this.#isAborted(endpoint)) return 'nak';
    const bytes = this.#aborts ? new Uint8Array(this.packetBytes) : this.#queue(number).shift();
    if (!bytes) return 'nak';
    const { toggle } = endpoint;
    endpoint.toggle = toggle === 0 ? 1 : 0;
    endpoint.packets++;
    return { toggle, bytes };
  }

  /** Size of a packet in the alternate setting of interface 0, as {@link testDescriptors} gives it. */
  get packetBytes(): number {
    return this.alternates.get(0) === 2 ? 16 : 8;
  }

  #vendor(
    request: number,
    { value, index, length }: { value: number; index: number; length: number },
    data: Uint8Array,
  ): Uint8Array | undefined {
    if (request === 2 || request === 4) {
      this.#control = Uint8Array.of(...data, ...this.#control.subarray(data.length));
      return new Uint8Array();
    }
    if (request === 1) return this.#control.subarray(0, value);
    if (request === 3) return this.#control.subarray(0, length - (this.#faults.shortBy ?? 0));
    if (request === 5) {
      // Transfers that were under way are given up.
      this.#waiting.clear();
      return new Uint8Array();
    }
    if (request === 6) return Uint8Array.of(index > 0 && !this.#faults.neverAborts ? 1 : 0);
    return undefined;
  }

  #standard(
    type: number,
    request: number,
    { value, index }: { value: number; index: number },
  ): Uint8Array | undefined {
    if (request === 0) return Uint8Array.of(this.#status(type, index), 0);
    if (request === 1 || request === 3) return this.#feature(index, request === 3);
    if (request === 6) return this.#descriptor(value);
    if (request === 8) return Uint8Array.of(this.configuration);
    if (request === 10) return Uint8Array.of(this.alternates.get(index) ?? 0);
    if (request === 11) this.alternates.set(index, value);
    else if (request === 9) this.configuration = value;
    else return undefined;
    this.#setUp();
    return new Uint8Array();
  }

  #status(type: number, index: number): number {
    if ((type & 0x1f) !== 2 || index === 0) return (type & 0x1f) === 0 ? 1 : 0;
    return this.#endpoint(index).isHalted ? 1 : 0;
  }

  #feature(index: number, isHalted: boolean): Uint8Array {
    const endpoint = this.#endpoint(index);
    endpoint.isHalted = isHalted;
    if (!isHalted && !this.#faults.keepsToggles) endpoint.toggle = 0;
    return new Uint8Array();
  }

  #descriptor(value: number): Uint8Array | undefined {
    const [type, number] = [value >> 8, value & 0xff];
    if (type === 1) return this.descriptors.subarray(0, 18);
    if (type === 2) return this.descriptors.subarray(18);
    return type === 3 && number < 6 ? Uint8Array.of(4, 3, 0x41, 0) : undefined;
  }

  #endpoint(address: number): EndpointState {
    const known = this.#endpoints.get(address);
    if (known) return known;
    const fresh: EndpointState = { isHalted: false, toggle: 0, packets: 0 };
    this.#endpoints.set(address, fresh);
    return fresh;
  }

  /** Brings every endpoint to its beginning. */
  #setUp(): void {
    this.#waiting.clear();
    if (!this.#faults.keepsToggles) this.#endpoints.clear();
    for (const endpoint of this.#endpoints.values()) endpoint.isHalted = false;
  }

  #isAborted({ packets }: EndpointState): boolean {
    return this.#aborts && !this.#faults.neverAborts && packets >= ABORT_AFTER;
  }

  #returned(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes);
    if (this.#faults.garbles && copy.length > 0) copy[0] = ~(copy[0] ?? 0) & 0xff;
    return copy;
  }

  #queue(number: number): Uint8Array[] {
    const queue = this.#waiting.get(number) ?? [];
    this.#waiting.set(number, queue);
    return queue;
  }
}
