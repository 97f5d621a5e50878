import type { ChannelFinding } from '../contracts/board-driver.js';
import { messageOf, unlessAborted } from '../deadline.js';
import { type Machine, named } from './instruments.js';
import { isInstalled } from './tool/run-tool.js';
import { nativeUsb } from './usb-device/native-usb.js';
import { OwnDevice } from './usb-device/own-device.js';
import { Udisks } from './usb-device/udisks.js';
import { NetworkManager } from './wifi/network-manager.js';

/**
 * Looks at what stands behind a board's fixtures on this machine, as far as it shows without firmware: an own USB device
 * appears only while an image with USB runs. Fixtures that are not of this machine are left out. Never rejects: what
 * `signal` cuts short is not usable.
 */
export async function examineInstruments(
  fixtures: readonly string[],
  signal: AbortSignal,
  machine: Machine = {},
): Promise<ChannelFinding[]> {
  const has = (fixture: string) => fixtures.some((each) => each.split(':')[0] === fixture);
  const found: ChannelFinding[] = [];
  if (has('usb-device'))
    found.push(...(await ownUsb(named(fixtures, 'usb-device'), signal, machine)));
  if (has('wifi-station'))
    found.push(...(await wifi(named(fixtures, 'wifi-station'), signal, machine)));
  return found;
}

async function ownUsb(
  usbPath: string | undefined,
  signal: AbortSignal,
  { root = '/', usb }: Machine,
): Promise<ChannelFinding[]> {
  const own = new OwnDevice({ root, usbPath, signal });
  return [
    await finding(signal, 'usb-device', async () => {
      await own.checkBus();
      return usbPath === undefined ? 'this machine has USB' : `its hub is there, port ${usbPath}`;
    }),
    await finding(signal, 'usb-device transfers', async () => {
      const list = usb?.listNative ?? (await nativeUsb());
      return `the bus lists ${(await list()).length} devices`;
    }),
    await finding(signal, 'usb-device drives', async () => {
      await new Udisks(usb?.udisksctl ?? 'udisksctl').check(signal);
      return 'udisks answers';
    }),
  ];
}

async function wifi(
  card: string | undefined,
  signal: AbortSignal,
  { wifi: { nmcli = 'nmcli', ping = 'ping' } = {} }: Machine,
): Promise<ChannelFinding[]> {
  const manager = new NetworkManager(nmcli);
  return [
    await finding(signal, 'wifi-station', async () =>
      card === undefined
        ? `${await manager.idleCard(signal)} is free`
        : await manager.check(card, signal),
    ),
    await finding(signal, 'wifi-station ping', async () => {
      if (isInstalled(ping)) return `${ping} is there`;
      throw new Error(`${ping} is not there. Install iputils-ping`);
    }),
  ];
}

async function finding(
  signal: AbortSignal,
  channel: string,
  look: () => Promise<string>,
): Promise<ChannelFinding> {
  try {
    return { channel, usable: true, detail: await unlessAborted(signal, look()) };
  } catch (error) {
    return { channel, usable: false, detail: messageOf(error) };
  }
}
