import type { BoardDriver } from '../contracts/board-driver.js';
import type { PeerServices } from '../contracts/network-peer.js';
import { type PartCatalogue, PhysicalDriver } from './board/physical-driver.js';

/** Parts of physical boards by the `kind` that inventories use. Each is loaded when a board first needs it. */
const PARTS: PartCatalogue = {
  console: {
    network: async () => (await import('./console/network-console.js')).maker,
    serial: async () => (await import('./console/serial-port-console.js')).maker,
  },
  flasher: {
    daplink: async () => (await import('./flasher/daplink-flasher.js')).maker,
    'dfu-util': async () => (await import('./flasher/dfu-util-flasher.js')).maker,
    jlink: async () => (await import('./flasher/jlink-flasher.js')).maker,
    openocd: async () => (await import('./flasher/openocd-flasher.js')).maker,
    picotool: async () => (await import('./flasher/picotool-flasher.js')).maker,
    pyocd: async () => (await import('./flasher/pyocd-flasher.js')).maker,
    'st-flash': async () => (await import('./flasher/st-flash-flasher.js')).maker,
    'stm32-programmer': async () => (await import('./flasher/stm32-programmer-flasher.js')).maker,
    uf2: async () => (await import('./flasher/uf2-flasher.js')).maker,
  },
  reset: {
    break: async () => (await import('./reset/break-reset.js')).maker,
    flasher: async () => (await import('./reset/flasher-reset.js')).maker,
    jlink: async () => (await import('./flasher/jlink-flasher.js')).maker,
    openocd: async () => (await import('./flasher/openocd-flasher.js')).maker,
    'power-cycle': async () => (await import('./reset/power-cycle-reset.js')).maker,
    picotool: async () => (await import('./flasher/picotool-flasher.js')).maker,
    pyocd: async () => (await import('./flasher/pyocd-flasher.js')).maker,
    'st-flash': async () => (await import('./flasher/st-flash-flasher.js')).maker,
  },
  meter: {
    lpm01a: async () => (await import('./power-meter/lpm01a-meter.js')).maker,
    ppk2: async () => (await import('./power-meter/ppk2-meter.js')).maker,
    virtual: async () => (await import('./virtual-meter/virtual-meter.js')).maker,
  },
  power: {
    'hid-relay': async () => (await import('./power-switch/hid-relay-switch.js')).maker,
    lcus: async () => (await import('./power-switch/lcus-switch.js')).maker,
    meter: async () => (await import('./power-switch/meter-switch.js')).maker,
    pdudaemon: async () => (await import('./power-switch/pdudaemon-switch.js')).maker,
    scpi: async () => (await import('./power-switch/scpi-switch.js')).maker,
    uhubctl: async () => (await import('./power-switch/uhubctl-switch.js')).maker,
    ykush: async () => (await import('./power-switch/ykush-switch.js')).maker,
  },
};

/** What the agent has for drivers. */
export interface DriverServices {
  readonly peers: PeerServices;
}

/** Every board driver by the name that inventories use. Each is loaded when a rack first needs it. */
const BOARD_DRIVERS: Readonly<Record<string, (services: DriverServices) => Promise<BoardDriver>>> =
  {
    qemu: async ({ peers }) =>
      new (await import('./board/qemu-board.js')).QemuDriver(peers, PARTS.meter),
    daplink: async () =>
      new PhysicalDriver('daplink', PARTS, {
        flasher: { kind: 'daplink' },
        reset: { kind: 'break' },
      }),
    usb: async () => new PhysicalDriver('usb', PARTS, { reset: { kind: 'flasher' } }),
  };

/** Names of the drivers that this agent has. */
export function boardDriverNames(): string[] {
  return Object.keys(BOARD_DRIVERS);
}

/** Undefined when this agent has no such driver. */
export async function loadBoardDriver(
  name: string,
  services: DriverServices,
): Promise<BoardDriver | undefined> {
  return Object.hasOwn(BOARD_DRIVERS, name) ? await BOARD_DRIVERS[name]?.(services) : undefined;
}

export { examineInstruments } from './examine-instruments.js';
export { lendInstruments } from './instruments.js';
export { HOST_NAMES as VIRTUAL_HOST_NAMES } from './network/virtual-lan.js';
export { plugChanges } from './watch/plug-changes.js';
