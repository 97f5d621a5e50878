import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { text, type UsbDevice, usbDevices } from '../usb/usb-tree.js';
import { foundInTime } from '../watch/until-found.js';
import { nodeChanges } from './node-changes.js';

/** Looks for something that a device offers. Undefined: not yet there. */
export type Picker<T> = (device: UsbDevice) => Promise<T | undefined>;

/** Where the board's own USB port is. */
export interface OwnPort {
  /** Folder in which `/dev`, `/proc` and `/sys` are. */
  readonly root: string;
  /** Kernel's name of the port, such as `1-1.4`; undefined when the fixture does not name it. */
  readonly usbPath: string | undefined;
  readonly signal: AbortSignal;
}

/** The device that the board's firmware is. Waits end with a reason when the run ends. */
export class OwnDevice {
  readonly #port: OwnPort;
  /** A node that is there and may not be opened. */
  #denied: string | undefined;
  /** The device was on the bus in this run. */
  #hasShown = false;

  constructor(port: OwnPort) {
    this.#port = port;
  }

  /** @throws Error when this machine could not see or open the device, whatever it does */
  async find<T>(serial: string, timeoutMs: number, pick: Picker<T>): Promise<T | undefined> {
    await this.checkBus();
    this.#denied = undefined;
    const look = async (): Promise<T | undefined> => {
      const device = await this.now(serial);
      return device && (await pick(device));
    };
    const { root, signal } = this.#port;
    const wait = { what: `USB device ${serial}`, ms: timeoutMs, signal };
    const found = await foundInTime([nodeChanges(root)], look, wait);
    if (found === undefined && this.#denied !== undefined) throw denied(this.#denied);
    return found;
  }

  /** The device as it is now. @throws Error when there are several and the fixture does not say which */
  async now(serial: string): Promise<UsbDevice | undefined> {
    const { root, usbPath } = this.#port;
    const [first, second] = (await usbDevices(root)).filter(
      (each) => each.serial === serial && (usbPath === undefined || each.usbPath === usbPath),
    );
    if (first) this.#hasShown = true;
    if (!first || !second) return first;
    throw new Error(
      `USB devices ${first.usbPath} and ${second.usbPath} both have serial number ${serial}. ` +
        `Name the board's port in its fixture: usb-device:${first.usbPath}`,
    );
  }

  /** A node below `/dev` once it may be read and written. */
  async node(name: string): Promise<string | undefined> {
    const path = join(this.#port.root, 'dev', name);
    try {
      await access(path, constants.R_OK | constants.W_OK);
      return path;
    } catch (error) {
      // udev gives a new node to its group a moment after the kernel has made it.
      if (codeOf(error) === 'EACCES') this.#denied = path;
      return undefined;
    }
  }

  /**
   * What the bus shows instead of what is missing. @throws Error when nothing was there in the whole run: a cable that
   * is out looks the same as firmware that shows nothing
   */
  async whyMissing(): Promise<string> {
    const { seen, isTaken } = await this.#sighting();
    if (this.#hasShown || isTaken) return seen;
    throw new Error(
      `${seen}, and the board's device was not there in this run: a cable that is out and firmware that shows nothing ` +
        'look the same. Try an image whose USB works; if it is not seen either, plug the cable in',
    );
  }

  async #sighting(): Promise<{ readonly seen: string; readonly isTaken: boolean }> {
    const { root, usbPath } = this.#port;
    if (usbPath === undefined) {
      const all = (await usbDevices(root)).map(({ usbPath: at, serial }) => `${at} (${serial})`);
      return {
        seen: `USB devices with a serial number: ${all.join(', ') || 'none'}`,
        isTaken: false,
      };
    }
    const dir = join(root, 'sys/bus/usb/devices', usbPath);
    const [vendor, product, serial] = await Promise.all(
      ['idVendor', 'idProduct', 'serial'].map(async (file) => await text(join(dir, file))),
    );
    if (vendor === undefined)
      return { seen: `nothing is enumerated at USB port ${usbPath}`, isTaken: false };
    const seen = `at USB port ${usbPath} there is ${vendor}:${product}, serial number ${serial ?? 'none'}`;
    return { seen, isTaken: true };
  }

  /** @throws Error when this machine could not see the board's port at all */
  async checkBus(): Promise<void> {
    const { root, usbPath } = this.#port;
    const devices = join(root, 'sys/bus/usb/devices');
    const isThere = async (path: string) =>
      await access(path).then(
        () => true,
        () => false,
      );
    if (!(await isThere(devices)))
      throw new Error(
        `this machine has no USB bus (${devices}). Run the agent where the board is cabled`,
      );
    if (usbPath === undefined) return;
    const hub = hubOf(usbPath);
    if (!(await isThere(join(devices, hub))))
      throw new Error(
        `USB hub ${hub}, which the fixture usb-device:${usbPath} is a port of, is not there. Plug it in, or correct the fixture`,
      );
  }
}

/** `1-1.4` is port 4 of hub `1-1`, which is port 1 of the root hub `usb1`. */
function hubOf(usbPath: string): string {
  const dot = usbPath.lastIndexOf('.');
  return dot > 0 ? usbPath.slice(0, dot) : `usb${usbPath.split('-')[0]}`;
}

function denied(path: string): Error {
  return new Error(
    `${path} may not be opened. Give it to a group of the agent's user with a udev rule; see docs/drivers.md`,
  );
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
