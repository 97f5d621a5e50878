/** Descriptors of emulated devices (USB 2.0, 9.6; HID 1.11, 6.2.1), byte by byte. */
const word = (value: number): number[] => [value & 0xff, value >> 8];

function device(vendorId: number, productId: number): number[] {
  return [
    18,
    1,
    ...word(0x0200),
    0,
    0,
    0,
    64,
    ...word(vendorId),
    ...word(productId),
    1,
    0,
    1,
    2,
    3,
    1,
  ];
}

function configuration(interfaceCount: number, body: readonly number[]): number[] {
  return [9, 2, ...word(9 + body.length), interfaceCount, 1, 0, 0xc0, 50, ...body];
}

function endpoint(address: number, type: number, bytes: number): number[] {
  return [7, 5, address, type, ...word(bytes), 1];
}

/** Type of transfer by the number of the endpoint: bulk, interrupt, isochronous. */
const TYPES = [2, 3, 1];

function setting(alternate: number, bytes: number): number[] {
  const endpoints = TYPES.flatMap((type, i) => [
    ...endpoint(i + 1, type, bytes),
    ...endpoint(0x80 | (i + 1), type, bytes),
  ]);
  return [9, 4, 0, alternate, 6, 0xff, 0, 0, 0, ...endpoints];
}

/** Mbed's test device: one interface with alternate settings of 8 and of 16 bytes a packet. */
export function testDescriptors(vendorId = 0x0d28, productId = 0x0205): Uint8Array {
  const settings = [...setting(0, 8), ...setting(1, 8), ...setting(2, 16)];
  return Uint8Array.of(...device(vendorId, productId), ...configuration(1, settings));
}

export interface HidShape {
  readonly subclass?: number;
  readonly protocol?: number;
  readonly reportBytes?: number;
}

/** The HID descriptor of an interface with a report descriptor of `reportBytes`. */
export function hidDescriptor(reportBytes: number): number[] {
  return [9, 0x21, ...word(0x0111), 0, 1, 0x22, ...word(reportBytes)];
}

/** A device with one HID interface. */
export function hidDescriptors({ subclass = 0, protocol = 0, reportBytes = 47 }: HidShape = {}) {
  const body = [
    ...[9, 4, 0, 0, 2, 3, subclass, protocol, 0],
    ...hidDescriptor(reportBytes),
    ...endpoint(0x81, 3, 64),
    ...endpoint(0x01, 3, 64),
  ];
  return Uint8Array.of(...device(0x0d28, 0x0206), ...configuration(1, body));
}
