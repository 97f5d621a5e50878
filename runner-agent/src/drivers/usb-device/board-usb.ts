import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  UsbDrive,
  UsbHidPort,
  UsbHost,
  UsbLink,
  UsbSerialPort,
} from '@greenrack/farm-protocol';
import { messageOf } from '../../deadline.js';
import { MassStorage } from './mass-storage.js';
import type { ListNativeDevices } from './native-usb.js';
import { OwnDevice, type OwnPort, type Pick } from './own-device.js';
import type { UsbDevice } from '../usb/usb-tree.js';

export interface BoardUsbOptions extends OwnPort {
  /** Default: the npm package `usb`. */
  readonly listNative?: ListNativeDevices;
  readonly udisksctl?: string;
}

interface Closable {
  close(): Promise<void>;
}

/** How something is opened of which `path` is the node. */
interface Opening<T> {
  readonly what: string;
  readonly pick: Pick<string>;
  open(path: string, device: UsbDevice): Promise<T>;
}

/** The board's own USB as this machine sees it: by sysfs, its nodes in /dev, and transfers. */
export class BoardUsb implements UsbHost {
  readonly #options: BoardUsbOptions;
  readonly #own: OwnDevice;
  /** What was opened last of each kind, by what it is called. */
  readonly #open = new Map<
    string,
    { readonly path: string; readonly opening: Promise<Closable> }
  >();

  constructor(options: BoardUsbOptions) {
    this.#options = options;
    this.#own = new OwnDevice(options);
  }

  async openDevice(serial: string, timeoutMs: number): Promise<UsbLink | undefined> {
    return await this.#openOnly(serial, timeoutMs, {
      what: 'USB device',
      pick: async (device) => {
        const place = await this.#place(device);
        return place && (await this.#own.node(place.node));
      },
      open: async (_, device) => await this.#link(device),
    });
  }

  async openSerialPort(serial: string, timeoutMs: number): Promise<UsbSerialPort | undefined> {
    return await this.#openOnly(serial, timeoutMs, {
      what: 'USB serial port',
      pick: async ({ ttys }) => {
        const [first] = ttys.toSorted((a, b) => a.interfaceNumber - b.interfaceNumber);
        return first && (await this.#own.node(first.name));
      },
      open: async (path) => {
        const { CdcPort } = await import('./cdc-port.js');
        return await CdcPort.open(path, this.#options.signal);
      },
    });
  }

  async openHid(serial: string, timeoutMs: number): Promise<UsbHidPort | undefined> {
    return await this.#openOnly(serial, timeoutMs, {
      what: 'raw HID device',
      pick: async ({ hidraws }) => {
        const [first] = hidraws;
        return first === undefined ? undefined : await this.#own.node(first);
      },
      open: async (path) => {
        const { HidRaw } = await import('./hid-raw.js');
        return await HidRaw.open(path, this.#options.signal);
      },
    });
  }

  drive(serial: string): UsbDrive {
    const drive = new MassStorage(serial, this.#own, this.#options);
    this.#open.set('USB drive', { path: serial, opening: Promise.resolve(drive) });
    return drive;
  }

  async sighting(): Promise<string> {
    return await this.#own.sighting();
  }

  /** Closes everything. @throws Error with what could not be closed */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#open.keys()].map((what) => this.#close(what)));
    const problems = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (problems.length > 0) throw new Error(problems.map(messageOf).join('; '));
  }

  async #close(what: string): Promise<void> {
    const one = this.#open.get(what);
    this.#open.delete(what);
    // What could not be opened was told to whoever asked for it.
    const opened = await one?.opening.catch(() => undefined);
    try {
      await opened?.close();
    } catch (error) {
      throw new Error(`${what} ${one?.path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async #openOnly<T extends Closable>(
    serial: string,
    timeoutMs: number,
    { what, pick, open }: Opening<T>,
  ): Promise<T | undefined> {
    await this.#close(what);
    const found = await this.#own.find(serial, timeoutMs, async (device) => {
      const path = await pick(device);
      return path === undefined ? undefined : { device, path };
    });
    if (!found) return undefined;
    const { device, path } = found;
    this.#options.signal.throwIfAborted();
    const opening = open(path, device);
    this.#open.set(what, { path, opening });
    try {
      return await opening;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      // It went away while it was being opened: as if it had not been there.
      if ((await this.#own.now(serial)) === undefined) return undefined;
      throw new Error(`${what} ${path}: ${messageOf(error)}. Close the program that has it`, {
        cause: error,
      });
    }
  }

  async #link(device: UsbDevice): Promise<UsbLink> {
    const { nativeUsb } = await import('./native-usb.js');
    const { NativeUsbLink } = await import('./usb-link.js');
    const place = await this.#place(device);
    const list = this.#options.listNative ?? (await nativeUsb());
    const native = (await list()).find(
      ({ bus, address }) => Number(bus) === place?.bus && address === place?.address,
    );
    if (!native) throw new Error('the bus does not list it');
    return await NativeUsbLink.open(native, this.#dir(device));
  }

  /** Number and address on the bus, and the node below `/dev`. */
  async #place(device: UsbDevice) {
    const read = async (file: string): Promise<number> =>
      Number(await readFile(join(this.#dir(device), file), 'latin1').catch(() => Number.NaN));
    const [bus, address] = [await read('busnum'), await read('devnum')];
    if (!Number.isInteger(bus) || !Number.isInteger(address)) return undefined;
    const digits = (number: number): string => String(number).padStart(3, '0');
    return { bus, address, node: `bus/usb/${digits(bus)}/${digits(address)}` };
  }

  #dir({ usbPath }: UsbDevice): string {
    return join(this.#options.root, 'sys/bus/usb/devices', usbPath);
  }
}
