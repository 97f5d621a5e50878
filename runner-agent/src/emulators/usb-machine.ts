import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

export interface EmulatedUsb {
  readonly usbPath: string;
  readonly vendorId: string;
  readonly productId: string;
  readonly serial: string;
  readonly product: string;
  /** Kernel names of ports by interface number. */
  readonly ttys?: Readonly<Record<number, string>>;
  readonly disk?: string;
  /** Files on the drive; it is mounted when there are some. */
  readonly files?: Readonly<Record<string, string>>;
  readonly mountName?: string;
  /** Where the drive is mounted by somebody else, in place of `files`. */
  readonly mountPoint?: string;
}

/** What Linux shows of a machine with USB boards: sys, dev and proc below a folder. */
export class UsbMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'greenrack-usb-'));
  readonly #mounts: string[] = ['proc /proc proc rw 0 0'];

  constructor() {
    for (const dir of ['sys/bus/usb/devices', 'dev/serial/by-id', 'dev/disk/by-id', 'proc'])
      mkdirSync(join(this.root, dir), { recursive: true });
    this.#writeMounts();
  }

  plug(usb: EmulatedUsb): void {
    const dir = join(this.root, 'sys/devices/usb1', usb.usbPath);
    const file = (path: string, text: string): void => writeFileSync(join(dir, path), `${text}\n`);
    mkdirSync(dir, { recursive: true });
    file('idVendor', usb.vendorId);
    file('idProduct', usb.productId);
    file('serial', usb.serial);
    file('product', usb.product);
    this.#link(join('sys/bus/usb/devices', usb.usbPath), dir);
    const names = this.portNames(usb);
    Object.entries(usb.ttys ?? {}).forEach(([number, tty], i) => {
      this.#interface(usb, Number(number), join('tty', tty));
      writeFileSync(join(this.root, 'dev', tty), '');
      this.#link(relative(this.root, names[i] ?? ''), join(this.root, 'dev', tty));
    });
    if (usb.disk !== undefined) this.#drive(usb, usb.disk);
  }

  /** Names in /dev/serial/by-id of the ports of a device, by interface number. */
  portNames({ serial, ttys }: EmulatedUsb): string[] {
    return Object.keys(ttys ?? {}).map((number) => {
      const name = `usb-X_${serial}-if${number.padStart(2, '0')}`;
      return join(this.root, 'dev/serial/by-id', name);
    });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #drive(usb: EmulatedUsb, disk: string): void {
    this.#interface(usb, 0, join('host3/target3:0:0/3:0:0:0/block', disk));
    writeFileSync(join(this.root, 'dev', disk), '');
    this.#link(`dev/disk/by-id/usb-X_${usb.serial}-0:0`, join(this.root, 'dev', disk));
    if (!usb.files && usb.mountPoint === undefined) return;
    const point = usb.mountPoint ?? join(this.root, 'media', usb.mountName ?? usb.serial);
    if (usb.files) mkdirSync(point, { recursive: true });
    for (const [name, text] of Object.entries(usb.files ?? {}))
      writeFileSync(join(point, name), text);
    this.#mounts.push(
      `${join(this.root, 'dev', disk)} ${point.replaceAll(' ', '\\040')} vfat rw 0 0`,
    );
    this.#writeMounts();
  }

  #interface({ usbPath }: EmulatedUsb, number: number, below: string): void {
    const name = `${usbPath}:1.${number}`;
    const dir = join(this.root, 'sys/devices/usb1', usbPath, name);
    mkdirSync(join(dir, below), { recursive: true });
    writeFileSync(join(dir, 'bInterfaceNumber'), `${number.toString(16).padStart(2, '0')}\n`);
    this.#link(join('sys/bus/usb/devices', name), dir);
  }

  #link(name: string, target: string): void {
    const path = join(this.root, name);
    symlinkSync(relative(join(path, '..'), target), path);
  }

  #writeMounts(): void {
    writeFileSync(join(this.root, 'proc/mounts'), `${this.#mounts.join('\n')}\n`);
  }
}
