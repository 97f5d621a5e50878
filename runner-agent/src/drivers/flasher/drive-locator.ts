import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** How the inventory names a USB drive: by a mount point that never changes, or by the probe's USB serial number. */
export const driveParams = {
  mountPoint: z.string().max(512).startsWith('/').optional(),
  usbSerial: z
    .string()
    .regex(/^[A-Za-z0-9._-]{4,64}$/)
    .optional(),
  /** Where `/sys`, `/dev` and `/proc` are. */
  root: z.string().max(512).startsWith('/').default('/'),
};

export interface DriveParams {
  readonly mountPoint?: string | undefined;
  readonly usbSerial?: string | undefined;
  readonly root: string;
}

export interface DriveLocator {
  /** Where the drive is mounted now; undefined while it is not. */
  readonly locate: () => Promise<string | undefined>;
  /** Path that changes when the drive comes or goes. */
  readonly watched: string;
}

export function driveLocator({ mountPoint, usbSerial, root }: DriveParams): DriveLocator {
  if (mountPoint !== undefined)
    return { locate: () => Promise.resolve(mountPoint), watched: mountPoint };
  const byId = join(root, 'dev/disk/by-id');
  const locate = async (): Promise<string | undefined> => {
    const names = await readdir(byId).catch(() => []);
    const name = names.find((each) => usbSerial !== undefined && isDiskOf(each, usbSerial));
    if (name === undefined) return undefined;
    const device = await realpath(join(byId, name)).catch(() => undefined);
    return device === undefined ? undefined : await mountPointOf(device, root);
  };
  return { locate, watched: byId };
}

/** `usb-MBED_VFS_0240…97969900-0:0` is a disk of the device with that serial; `-part1` would be a partition. */
function isDiskOf(name: string, serial: string): boolean {
  return name.startsWith('usb-') && /^_?(-\d+:\d+)?$/.test(name.split(serial)[1] ?? 'no');
}

/** Where a drive is mounted, by /proc/mounts; undefined when it is not. */
export async function mountPointOf(device: string, root: string): Promise<string | undefined> {
  const text = await readFile(join(root, 'proc/mounts'), 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [source, target] = line.split(' ');
    if (source === device && target !== undefined) return unescapeMount(target);
  }
  return undefined;
}

/** Undoes the octal escapes of /proc/mounts: a space is written as `\040`. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
