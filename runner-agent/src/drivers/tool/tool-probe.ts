import { join } from 'node:path';
import { RunFault } from '../../contracts/run-fault.js';
import { kindNote, type WantedBoard, wrongKind } from '../flasher/board-identity.js';
import { hexId, idOnDrive } from '../flasher/drive-id.js';
import { mountPointOf } from '../flasher/drive-locator.js';
import { enumerationOf, type UsbDevice, usbDevices } from '../usb/usb-tree.js';

export interface WantedProbe extends WantedBoard {
  /** USB serial number. */
  readonly serial: string;
  /** `vendor:product` of boot loaders that do not show the board's serial number. */
  readonly bootLoaders: readonly string[];
  /** Where `/sys`, `/dev` and `/proc` are. */
  readonly root: string;
}

/**
 * Looks whether a board's probe is plugged in, and whether it is that of another kind of board. Tells what was found.
 * @param mayBeAway - answer undefined for a board that is not plugged in
 * @throws RunFault
 */
export async function findProbe(
  wanted: WantedProbe,
  mayBeAway = false,
): Promise<string | undefined> {
  const devices = await usbDevices(wanted.root);
  const found = devices.find((device) => isSameSerial(device.serial, wanted.serial));
  if (!found && mayBeAway) return undefined;
  if (!found) return nameless(devices, wanted);
  const id = await idOf(found, wanted.root);
  const wrong = id === undefined ? undefined : wrongKind(id, wanted);
  if (wrong !== undefined) throw new RunFault('flashFailed', `USB ${found.usbPath}: ${wrong}.`);
  return `${found.serial} at USB ${found.usbPath}, ${kindNote(id, wanted)}`;
}

/** Text that changes when the device with this serial number was unplugged meanwhile; undefined while it is not there. */
export async function plugMark(root: string, serial: string): Promise<string | undefined> {
  const found = (await usbDevices(root)).find((device) => isSameSerial(device.serial, serial));
  return found && (await enumerationOf(root, found.usbPath));
}

/** SEGGER's tools leave out the zeros that J-Link probes have in front. */
export function isSameSerial(a: string, b: string): boolean {
  const plain = (serial: string): string => serial.toLowerCase().replace(/^0+(?=\d+$)/, '');
  return plain(a) === plain(b);
}

/** Some devices may be the wanted one and do not tell. @throws RunFault when there is none */
function nameless(devices: readonly UsbDevice[], wanted: WantedProbe): string {
  const loader = devices.find(({ vendorId, productId }) =>
    wanted.bootLoaders.includes(`${vendorId}:${productId}`),
  );
  if (loader) return `a boot loader at USB ${loader.usbPath}, which does not tell whose it is`;
  // The ST-Link/V2 of many a clone has twelve raw bytes for a serial number; tools show them as hex digits.
  const garbled = devices.find(({ serial }) => !/^[\w.:-]+$/.test(serial));
  if (garbled) return `a device at USB ${garbled.usbPath}, whose serial number cannot be compared`;
  const others = devices.map(({ serial, product }) => `${product} ${serial}`.trim()).slice(0, 8);
  const there = others.length === 0 ? 'nothing with a serial number' : others.join(', ');
  const what = `no USB device with serial number ${wanted.serial}; there is ${there}`;
  const cure = 'Plug the board in, or correct the serial number of its flasher.';
  throw new RunFault('flashFailed', `${what}. ${cure}`);
}

async function idOf(
  { disks, vendorId, serial }: UsbDevice,
  root: string,
): Promise<string | undefined> {
  for (const disk of disks) {
    const mountPoint = await mountPointOf(join(root, 'dev', disk), root);
    const id = mountPoint === undefined ? undefined : await idOnDrive(mountPoint);
    if (id !== undefined) return id;
  }
  // The serial number of a DAPLink probe is its id too.
  return vendorId === '0d28' ? hexId(serial) : undefined;
}
