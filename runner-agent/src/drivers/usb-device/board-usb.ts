import { join } from 'node:path';
import type {
  UsbDrive,
  UsbHidPort,
  UsbHost,
  UsbLink,
  UsbSerialPort,
} from '@greenrack/farm-protocol';
import { messageOf } from '../../deadline.js';
import type { UsbDevice } from '../usb/usb-tree.js';
import { busPlace } from './bus-place.js';
import { MassStorage } from './mass-storage.js';
import type { ListNativeDevices } from './native-usb.js';
import { type Closable, OpenThings } from './open-things.js';
import { OwnDevice, type OwnPort, type Picker } from './own-device.js';

export interface BoardUsbOptions extends OwnPort {
  /** Default: the npm package `usb`. */
  readonly listNative?: ListNativeDevices;
  readonly udisksctl?: string;
}

/** How something is opened of which `path` is the node. */
interface Opening<T> {
  readonly what: string;
  readonly pick: Picker<string>;
  open(path: string, device: UsbDevice): Promise<T>;
}

/** The board's own USB as this machine sees it: by sysfs, its nodes in /dev, and transfers. */
export class BoardUsb implements UsbHost {
  readonly #options: BoardUsbOptions;
  readonly #own: OwnDevice;
  readonly #open = new OpenThings();

  constructor(options: BoardUsbOptions) {
    this.#options = options;
    this.#own = new OwnDevice(options);
  }

  async openDevice(serial: string, timeoutMs: number): Promise<UsbLink | undefined> {
    const { nativeUsb } = await import('./native-usb.js');
    const list = this.#options.listNative ?? (await nativeUsb());
    return await this.#openOnly(serial, timeoutMs, {
      what: 'USB device',
      pick: async (device) => {
        const place = await busPlace(this.#dir(device));
        return place && (await this.#own.node(place.node));
      },
      open: async (_, device) => await this.#link(device, list),
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
    this.#open.add('USB drive', serial, Promise.resolve(drive));
    return drive;
  }

  async whyMissing(): Promise<string> {
    return await this.#own.whyMissing();
  }

  /** Closes everything. @throws Error with what could not be closed */
  async close(): Promise<void> {
    await this.#open.closeAll();
  }

  async #openOnly<T extends Closable>(
    serial: string,
    timeoutMs: number,
    { what, pick, open }: Opening<T>,
  ): Promise<T | undefined> {
    await this.#open.close(what);
    const found = await this.#own.find(serial, timeoutMs, async (device) => {
      const path = await pick(device);
      return path === undefined ? undefined : { device, path };
    });
    if (!found) return undefined;
    const { device, path } = found;
    this.#options.signal.throwIfAborted();
    const opening = open(path, device);
    this.#open.add(what, path, opening);
    try {
      return await opening;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      // It went away while it was being opened: as if it had not been there.
      if ((await this.#own.now(serial)) === undefined) return undefined;
      const cure = 'Look for another program that has it';
      throw new Error(`${what} ${path}: ${messageOf(error)}. ${cure}`, { cause: error });
    }
  }

  async #link(device: UsbDevice, list: ListNativeDevices): Promise<UsbLink> {
    const { NativeUsbLink } = await import('./usb-link.js');
    const place = await busPlace(this.#dir(device));
    const native = (await list()).find(
      ({ bus, address }) => Number(bus) === place?.bus && address === place?.address,
    );
    if (!native) throw new Error('the bus does not list it');
    return await NativeUsbLink.open(native, this.#dir(device));
  }

  #dir({ usbPath }: UsbDevice): string {
    return join(this.#options.root, 'sys/bus/usb/devices', usbPath);
  }
}
