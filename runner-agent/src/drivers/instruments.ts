import type { LentInstruments } from '../contracts/instruments.js';
import { messageOf, within } from '../deadline.js';
import { BoardUsb, type BoardUsbOptions, type Held } from './usb-device/board-usb.js';
import { NmcliStation, type StationOptions } from './wifi/nmcli-station.js';

/** Less than one undo of an attempt may take. */
const CLOSE_MS = 8000;

/** What the tests put in the place of this machine. */
export interface Machine {
  readonly root?: string;
  readonly usb?: Pick<BoardUsbOptions, 'listNative' | 'udisksctl'>;
  readonly wifi?: Pick<StationOptions, 'nmcli' | 'ping'>;
}

/** Lends what the fixtures of a board stand for; each part is loaded when it is first used. */
export function lendInstruments(
  fixtures: readonly string[],
  { root = '/', usb, wifi }: Machine = {},
): LentInstruments {
  const over = new AbortController();
  const { signal } = over;
  const held: { readonly what: string; readonly held: Held }[] = [];
  const station = new NmcliStation({ card: named(fixtures, 'wifi-station'), signal, ...wifi });
  held.push({ what: 'leaving the Wi-Fi network', held: station });
  const hold = (what: string, one: Held): void => void held.push({ what, held: one });
  const usbPath = named(fixtures, 'usb-device');
  return {
    usb: new BoardUsb({ root, usbPath, signal, hold, ...usb }),
    wifi: station,
    async release() {
      over.abort(new Error('the run has ended: its instruments were taken back'));
      await closeAll(held.splice(0));
    },
  };
}

/** What a fixture says after its colon: `usb-device:1-1.4` names a port. */
function named(fixtures: readonly string[], fixture: string): string | undefined {
  return fixtures.find((each) => each.startsWith(`${fixture}:`))?.slice(fixture.length + 1);
}

/** Closes everything, whatever becomes of one. @throws Error with all that went wrong */
async function closeAll(all: readonly { what: string; held: Held }[]): Promise<void> {
  const ends = await Promise.allSettled(
    all.map(async ({ what, held }) => await within(CLOSE_MS, what, held.close())),
  );
  const problems = ends.flatMap((end, i) =>
    end.status === 'rejected' ? [`${all[i]?.what ?? ''}: ${messageOf(end.reason)}`] : [],
  );
  if (problems.length > 0) throw new Error(problems.join('; '));
}
