import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FoundBoard } from '@greenrack/farm-protocol';
import { hexId, idOnDrive } from '../drivers/flasher/drive-id.js';
import { mountPointOf } from '../drivers/flasher/drive-locator.js';
import { type UsbDevice, usbDevices } from '../drivers/usb/usb-tree.js';

/** By vendor id; ST and Raspberry Pi make other USB devices too. */
const PICO_PROBES = new Set(['0004', '000c']);
const isStLink = (productId: string): boolean =>
  /^37(44|48|4b|4d|4e|4f|52|53|54|55|57)$/.test(productId);

/** Boards that are plugged in: USB devices with a serial number that are probes, Picos, or serial ports. */
export async function scanBoards(root: string): Promise<FoundBoard[]> {
  const devices = await usbDevices(root);
  const byTty = await stableNames(root);
  const found = await Promise.all(devices.map((device) => describe(device, root, byTty)));
  return found.filter((board) => board !== undefined);
}

async function describe(
  device: UsbDevice,
  root: string,
  byTty: ReadonlyMap<string, string>,
): Promise<FoundBoard | undefined> {
  const kind = kindOf(device);
  if (kind === undefined) return undefined;
  const { disks, ttys, usbPath, vendorId, productId, serial, product } = device;
  const mountPoint = await firstMount(disks, root);
  const id = mountPoint === undefined ? undefined : await idOnDrive(mountPoint);
  // The serial number of a DAPLink probe is its id too; those of others tell nothing about the board.
  const probeId = id ?? (kind === 'daplink' ? hexId(serial) : undefined);
  const sorted = ttys.toSorted((a, b) => a.interfaceNumber - b.interfaceNumber);
  return {
    kind,
    usbPath,
    vendorId,
    productId,
    serial,
    product,
    ports: sorted.map(({ name, interfaceNumber }) => ({
      path: byTty.get(name) ?? `/dev/${name}`,
      interfaceNumber,
    })),
    hasDrive: disks.length > 0,
    ...(mountPoint === undefined ? {} : { mountPoint }),
    ...(probeId === undefined ? {} : { probeId, detectCode: probeId.slice(0, 4) }),
  };
}

function kindOf({ vendorId, productId, ttys }: UsbDevice): FoundBoard['kind'] | undefined {
  if (vendorId === '0d28') return 'daplink';
  if (vendorId === '2e8a') return PICO_PROBES.has(productId) ? 'daplink' : 'pico';
  if (vendorId === '1366') return 'j-link';
  if (vendorId === '0483' && isStLink(productId)) return 'st-link';
  return ttys.length > 0 ? 'cdc' : undefined;
}

/** Names in /dev/serial/by-id by the kernel's names. */
async function stableNames(root: string): Promise<Map<string, string>> {
  const dir = join(root, 'dev/serial/by-id');
  const names = await readdir(dir).catch(() => []);
  const pairs = await Promise.all(
    names.map(async (name) => {
      const device = await readlink(join(dir, name)).catch(() => undefined);
      return device === undefined ? undefined : ([basename(device), join(dir, name)] as const);
    }),
  );
  return new Map(pairs.filter((pair) => pair !== undefined));
}

async function firstMount(disks: readonly string[], root: string): Promise<string | undefined> {
  for (const disk of disks) {
    const mountPoint = await mountPointOf(join(root, 'dev', disk), root);
    if (mountPoint !== undefined) return mountPoint;
  }
  return undefined;
}
