import type { EthernetCable, HostInstruments } from '@greenrack/farm-protocol';
import type { LentInstruments } from '../contracts/instruments.js';
import { messageOf, within } from '../deadline.js';
import { BoardUsb, type BoardUsbOptions } from './usb-device/board-usb.js';
import { NmcliStation, type StationOptions } from './wifi/nmcli-station.js';

/** Less than one undo of an attempt may take. */
const CLOSE_MS = 8000;

/** Of a board whose cable we do not hold. */
const NO_CABLE: EthernetCable = { takeTraffic: () => undefined };

/** What the tests put in the place of this machine. */
export interface Machine {
  readonly root?: string;
  readonly cable?: EthernetCable;
  readonly usb?: Pick<BoardUsbOptions, 'listNative' | 'udisksctl'>;
  readonly wifi?: Pick<StationOptions, 'nmcli' | 'ping'>;
}

/** Lends what the fixtures of a board stand for; each part is loaded when it is first used. */
export function lendInstruments(
  fixtures: readonly string[],
  { root = '/', cable = NO_CABLE, usb, wifi }: Machine = {},
): LentInstruments {
  const over = new AbortController();
  const { signal } = over;
  const wired = (fixture: keyof HostInstruments) => named(fixtures, fixture);
  const opened = {
    'usb-device': new BoardUsb({ root, usbPath: wired('usb-device'), signal, ...usb }),
    'wifi-station': new NmcliStation({ card: wired('wifi-station'), signal, ...wifi }),
  };
  return {
    instruments: { ...opened, ethernet: cable },
    async release() {
      over.abort(new Error('the run has ended: its instruments were taken back'));
      await closeAll(opened);
    },
  };
}

/** What a fixture says after its colon: `usb-device:1-1.4` names a port. */
export function named(fixtures: readonly string[], fixture: string): string | undefined {
  return fixtures.find((each) => each.startsWith(`${fixture}:`))?.slice(fixture.length + 1);
}

/** Closes everything, whatever becomes of one. @throws Error with all that went wrong */
async function closeAll(all: Readonly<Record<string, { close(): Promise<void> }>>): Promise<void> {
  const closings = Object.entries(all).map(async ([what, one]) => {
    try {
      await within(CLOSE_MS, 'taking it back', one.close());
      return [];
    } catch (error) {
      return [`${what}: ${messageOf(error)}`];
    }
  });
  const problems = (await Promise.all(closings)).flat();
  if (problems.length > 0) throw new Error(problems.join('; '));
}
