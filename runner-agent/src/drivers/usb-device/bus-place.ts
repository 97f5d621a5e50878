import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where on the bus a device is, and its node below `/dev`. It changes whenever the device is plugged in. */
export interface BusPlace {
  readonly bus: number;
  readonly address: number;
  readonly node: string;
}

/** @param dir - of the device in sysfs. Undefined when the device has gone. */
export async function busPlace(dir: string): Promise<BusPlace | undefined> {
  const read = async (file: string): Promise<number> =>
    Number(await readFile(join(dir, file), 'latin1').catch(() => Number.NaN));
  const [bus, address] = [await read('busnum'), await read('devnum')];
  if (!Number.isInteger(bus) || !Number.isInteger(address)) return undefined;
  return { bus, address, node: `bus/usb/${digits(bus)}/${digits(address)}` };
}

const digits = (number: number): string => String(number).padStart(3, '0');
