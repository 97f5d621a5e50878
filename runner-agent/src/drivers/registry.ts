import type { BoardDriver } from '../contracts/board-driver.js';

/** Every board driver by the name that inventories use. Each is loaded when a rack first needs it. */
const BOARD_DRIVERS: Readonly<Record<string, () => Promise<BoardDriver>>> = {
  qemu: async () => new (await import('./board/qemu-board.js')).QemuDriver(),
};

/** Names of the drivers that this agent has. */
export function boardDriverNames(): string[] {
  return Object.keys(BOARD_DRIVERS);
}

/** Undefined when this agent has no such driver. */
export async function loadBoardDriver(name: string): Promise<BoardDriver | undefined> {
  return Object.hasOwn(BOARD_DRIVERS, name) ? await BOARD_DRIVERS[name]?.() : undefined;
}
