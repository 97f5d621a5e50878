import { afterEach, beforeEach, jest } from '@jest/globals';
import { PtyPair } from '../../../../e2e/src/emulators/pty-pair.js';
import { UsbMachine } from '../../../../e2e/src/emulators/usb-machine.js';
import type { LentInstruments } from '../../../src/contracts/instruments.js';
import { lendInstruments } from '../../../src/drivers/instruments.js';

/** Longer than any of these tests takes. */
export const LONG_MS = 50_000;
export const SHORT_MS = 10;

/** A machine with a USB bus, new for each test of a file that calls {@link eachWithUsb}. */
export let machine: UsbMachine;
/** Stands for a node of /dev: what is written on one side is read on the other. */
export let pty: PtyPair;
export let lent: LentInstruments;

/** @param fixture - of the board that the instruments are lent for */
export function eachWithUsb(fixture: string): void {
  jest.setTimeout(60_000);
  beforeEach(async () => {
    machine = new UsbMachine();
    machine.plugHub('1-1');
    pty = await PtyPair.open();
    lent = lendInstruments([fixture], { root: machine.root });
  });
  afterEach(async () => {
    await lent.release();
    await pty.unplug();
    machine.close();
  });
}
