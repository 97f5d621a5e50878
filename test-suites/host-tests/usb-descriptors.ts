import { TestFailure } from './conversation.js';

/*
 * Descriptors (USB 2.0, 9.5) follow one another, each with its length and its type in front:
 *
 *   ┌────────┬──────┬──────┐┌────────┬──────┬──────┐
 *   │ length │ type │ ...  ││ length │ type │ ...  │
 *   └────────┴──────┴──────┘└────────┴──────┴──────┘
 *    device: 18 bytes        configuration, then its interfaces, each with what belongs to it
 */
export const DESCRIPTOR = {
  device: 0x01,
  configuration: 0x02,
  string: 0x03,
  interface: 0x04,
  endpoint: 0x05,
  hid: 0x21,
  hidReport: 0x22,
} as const;

/** `bDescriptorType` of each descriptor and its bytes. @throws TestFailure when the lengths do not add up */
export function descriptors(bytes: Uint8Array): { type: number; bytes: Uint8Array }[] {
  const found: { type: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [length = 0, type = 0] = bytes.subarray(at);
    if (length < 2 || at + length > bytes.length)
      throw new TestFailure(
        `a descriptor at byte ${at} of ${bytes.length} claims a length of ${length}`,
      );
    found.push({ type, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

export interface Endpoint {
  /** With the direction in bit 7. */
  readonly address: number;
  readonly type: 'control' | 'isochronous' | 'bulk' | 'interrupt';
  readonly maxPacketBytes: number;
}

/** One alternate setting of an interface. */
export interface Interface {
  readonly number: number;
  readonly alternate: number;
  readonly classCode: number;
  readonly subclassCode: number;
  readonly protocolCode: number;
  readonly endpoints: readonly Endpoint[];
}

export interface Configuration {
  readonly value: number;
  readonly interfaces: readonly Interface[];
}

const TRANSFER_TYPES = ['control', 'isochronous', 'bulk', 'interrupt'] as const;

/** What a device says of itself; see `UsbLink.descriptors`. @throws TestFailure when it cannot be read */
export function configurations(bytes: Uint8Array): Configuration[] {
  const found: { value: number; interfaces: (Interface & { endpoints: Endpoint[] })[] }[] = [];
  for (const { type, bytes: one } of descriptors(bytes)) {
    const interfaces = found.at(-1)?.interfaces;
    if (type === DESCRIPTOR.configuration) found.push({ value: one[5] ?? 0, interfaces: [] });
    else if (type === DESCRIPTOR.interface)
      interfaces?.push({ ...interfaceOf(one), endpoints: [] });
    else if (type === DESCRIPTOR.endpoint) interfaces?.at(-1)?.endpoints.push(endpointOf(one));
  }
  return found;
}

function interfaceOf(bytes: Uint8Array): Omit<Interface, 'endpoints'> {
  const [, , number = 0, alternate = 0, , classCode = 0, subclassCode = 0, protocolCode = 0] =
    bytes;
  return { number, alternate, classCode, subclassCode, protocolCode };
}

function endpointOf(bytes: Uint8Array): Endpoint {
  const [, , address = 0, attributes = 0, low = 0, high = 0] = bytes;
  return {
    address,
    type: TRANSFER_TYPES[attributes & 3] ?? 'control',
    // Bits 11 and 12 count further transactions of a microframe.
    maxPacketBytes: low | ((high & 0x07) << 8),
  };
}
