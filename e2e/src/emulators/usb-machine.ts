import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  /** Kernel names of raw HID devices by interface number. */
  readonly hidraws?: Readonly<Record<number, string>>;
  /** Number and address on the bus; without them there is no node to transfer by. */
  readonly place?: readonly [bus: number, address: number];
  readonly descriptors?: Uint8Array;
  /** Terminals or files that stand for nodes of /dev, by the kernel's name of the node. */
  readonly nodes?: Readonly<Record<string, string>>;
}

/** What Linux shows of a machine with USB boards: sys, dev and proc below a folder. */
export class UsbMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'greenrack-usb-'));
  /** Devices plugged in so far. */
  #devices = 0;
  #mounts: string[] = ['proc /proc proc rw 0 0'];

  constructor() {
    const nodes = ['dev/serial/by-id', 'dev/disk/by-id', 'dev/bus/usb/001'];
    for (const dir of ['sys/bus/usb/devices', 'proc', ...nodes])
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
    if (usb.descriptors) writeFileSync(join(dir, 'descriptors'), usb.descriptors);
    this.#link(join('sys/bus/usb/devices', usb.usbPath), dir);
    if (usb.place) this.#place(usb.place, file);
    else file('devnum', String(++this.#devices));
    const names = this.portNames(usb);
    Object.entries(usb.ttys ?? {}).forEach(([number, tty], i) => {
      this.#interface(usb, Number(number), join('tty', tty));
      this.#node(usb, tty);
      this.#link(relative(this.root, names[i] ?? ''), join(this.root, 'dev', tty));
    });
    for (const [number, name] of Object.entries(usb.hidraws ?? {})) {
      this.#interface(usb, Number(number), join('0003:0D28:0007.0001/hidraw', name));
      this.#node(usb, name);
    }
    if (usb.disk !== undefined) this.#drive(usb, usb.disk);
  }

  /** The device is given a new number, as Linux does each time one is plugged in. */
  countAnew({ usbPath }: EmulatedUsb): void {
    const file = join(this.root, 'sys/devices/usb1', usbPath, 'devnum');
    writeFileSync(file, `${++this.#devices}\n`);
  }

  /** Names in /dev/serial/by-id of the ports of a device, by interface number. */
  portNames({ serial, ttys }: EmulatedUsb): string[] {
    return Object.keys(ttys ?? {}).map((number) => {
      const name = `usb-X_${serial}-if${number.padStart(2, '0')}`;
      return join(this.root, 'dev/serial/by-id', name);
    });
  }

  /** A hub with nothing on it. */
  plugHub(usbPath: string): void {
    mkdirSync(join(this.root, 'sys/bus/usb/devices', usbPath), { recursive: true });
  }

  unplug(usb: EmulatedUsb): void {
    const links = join(this.root, 'sys/bus/usb/devices');
    for (const name of readdirSync(links))
      if (name === usb.usbPath || name.startsWith(`${usb.usbPath}:`)) rmSync(join(links, name));
    rmSync(join(this.root, 'sys/devices/usb1', usb.usbPath), { recursive: true });
    const disks = usb.disk === undefined ? [] : [usb.disk];
    const names = [...Object.values(usb.ttys ?? {}), ...Object.values(usb.hidraws ?? {}), ...disks];
    for (const name of names) rmSync(join(this.root, 'dev', name));
  }

  /** Mounts a drive on a folder that holds `files`. Answers the folder. */
  mount(usb: EmulatedUsb, files: Readonly<Record<string, string>>): string {
    const point = join(this.root, 'media', usb.mountName ?? usb.serial);
    mkdirSync(point, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(point, name, '..'), { recursive: true });
      writeFileSync(join(point, name), text);
    }
    this.#mountOn(usb, point);
    return point;
  }

  unmount(usb: EmulatedUsb): void {
    const device = join(this.root, 'dev', usb.disk ?? '');
    this.#mounts = this.#mounts.filter((line) => !line.startsWith(`${device} `));
    this.#writeMounts();
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #drive(usb: EmulatedUsb, disk: string): void {
    this.#interface(usb, 0, join('host3/target3:0:0/3:0:0:0/block', disk));
    this.#node(usb, disk);
    this.#link(`dev/disk/by-id/usb-X_${usb.serial}-0:0`, join(this.root, 'dev', disk));
    if (usb.mountPoint !== undefined) this.#mountOn(usb, usb.mountPoint);
    else if (usb.files) this.mount(usb, usb.files);
  }

  #mountOn({ disk = '' }: EmulatedUsb, point: string): void {
    const device = join(this.root, 'dev', disk);
    this.#mounts.push(`${device} ${point.replaceAll(' ', '\\040')} vfat rw 0 0`);
    this.#writeMounts();
  }

  #place([bus, address]: readonly [number, number], file: (name: string, text: string) => void) {
    file('busnum', String(bus));
    file('devnum', String(address));
    const [folder, name] = [bus, address].map((number) => String(number).padStart(3, '0'));
    writeFileSync(join(this.root, 'dev/bus/usb', folder ?? '', name ?? ''), '');
  }

  #node({ nodes = {} }: EmulatedUsb, name: string): void {
    const path = join(this.root, 'dev', name);
    const target = nodes[name];
    if (target === undefined) writeFileSync(path, '');
    else symlinkSync(target, path);
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
