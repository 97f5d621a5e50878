import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/*
 * What Linux tells of USB devices (Documentation/ABI/testing/sysfs-bus-usb):
 *
 *   sys/bus/usb/devices/1-1.4/        idVendor idProduct serial product
 *   sys/bus/usb/devices/1-1.4:1.1/    an interface: bInterfaceNumber (hex)
 *       tty/ttyACM0                   a CDC port
 *       ttyUSB0/tty/ttyUSB0           a port of an adapter
 *       host3/target3:0:0/3:0:0:0/block/sdb
 *       0003:0D28:0007.0001/hidraw/hidraw2
 */
const MAX_TEXT = 256;
/** `block/sdb` stands five folders below its interface. */
const MAX_DEPTH = 6;

/** One USB device with what its interfaces offer. */
export interface UsbDevice {
  readonly usbPath: string;
  readonly vendorId: string;
  readonly productId: string;
  readonly serial: string;
  readonly product: string;
  readonly ttys: readonly { readonly name: string; readonly interfaceNumber: number }[];
  /** Kernel names of its drives, such as `sdb`. */
  readonly disks: readonly string[];
  /** Kernel names of its raw HID devices, such as `hidraw2`. */
  readonly hidraws: readonly string[];
}

/** USB devices with a serial number, below `root`. Devices that go while we look are left out. */
export async function usbDevices(root: string): Promise<UsbDevice[]> {
  const dir = join(root, 'sys/bus/usb/devices');
  const names = (await list(dir)).sort();
  const devices = names.filter((name) => !name.includes(':'));
  const found = await Promise.all(
    devices.map(async (name) => {
      const interfaces = names.filter((each) => each.startsWith(`${name}:`));
      return await readDevice(dir, name, interfaces);
    }),
  );
  return found.filter((device) => device !== undefined);
}

/**
 * Text that is another each time the device at this place is plugged in, or enumerates anew: Linux counts the devices of
 * a bus, and makes a folder for each. Undefined when nothing is there.
 */
export async function enumerationOf(root: string, usbPath: string): Promise<string | undefined> {
  const dir = join(root, 'sys/bus/usb/devices', usbPath);
  const [number, folder] = await Promise.all([
    text(join(dir, 'devnum')),
    stat(dir).catch(() => undefined),
  ]);
  return folder && `${usbPath}:${number ?? ''}:${folder.ino}`;
}

async function readDevice(
  dir: string,
  name: string,
  interfaces: readonly string[],
): Promise<UsbDevice | undefined> {
  const field = async (file: string) => await text(join(dir, name, file));
  const [vendorId, productId, serial] = await Promise.all(
    ['idVendor', 'idProduct', 'serial'].map(field),
  );
  if (!isHex4(vendorId) || !isHex4(productId) || !serial) return undefined;
  const parts = await Promise.all(interfaces.map((each) => readInterface(join(dir, each))));
  return {
    usbPath: name,
    vendorId,
    productId,
    serial,
    product: (await field('product')) ?? '',
    ttys: parts.flatMap(({ ttys, interfaceNumber }) =>
      ttys.map((tty) => ({ name: tty, interfaceNumber })),
    ),
    disks: parts.flatMap(({ disks }) => disks),
    hidraws: parts.flatMap(({ hidraws }) => hidraws),
  };
}

async function readInterface(dir: string) {
  const interfaceNumber = Number.parseInt((await text(join(dir, 'bInterfaceNumber'))) ?? '0', 16);
  const folders = await below(await realpath(dir).catch(() => dir), MAX_DEPTH);
  const named = (kind: string): string[] =>
    folders.filter((path) => basename(join(path, '..')) === kind).map((path) => basename(path));
  return {
    interfaceNumber,
    ttys: named('tty'),
    disks: named('block'),
    hidraws: named('hidraw'),
  };
}

/** Folders below `dir`; links are not followed, for sysfs has loops. */
async function below(dir: string, depth: number): Promise<string[]> {
  if (depth === 0) return [];
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const dirs = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name));
  const deeper = await Promise.all(dirs.map((each) => below(each, depth - 1)));
  return [...dirs, ...deeper.flat()];
}

async function list(dir: string): Promise<string[]> {
  // A machine without USB has no such folder: nothing is plugged in.
  return await readdir(dir).catch(() => []);
}

/** What an attribute of sysfs says, without control characters: devices choose some of these texts. */
export async function text(path: string): Promise<string | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined);
  return content
    ?.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}

const isHex4 = (value: string | undefined): value is string =>
  value !== undefined && /^[0-9a-f]{4}$/.test(value);
