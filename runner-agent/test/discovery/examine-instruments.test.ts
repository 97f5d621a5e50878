import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StandInTool, type ToolRule } from '../../../e2e/src/emulators/stand-in-tool.js';
import { UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import { examineInstruments } from '../../src/drivers/examine-instruments.js';

const { signal } = new AbortController();
const DEVICES: ToolRule = {
  when: 'DEVICE,TYPE,STATE,CONNECTION',
  stdout:
    'eth0:ethernet:connected:Wired\nwlan0:wifi:connected:Office\nwlan1:wifi:disconnected:\nwlan2:wifi:unmanaged:\n',
};
let dir: string;
let machine: UsbMachine;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-instruments-'));
  machine = new UsbMachine();
});
afterEach(() => {
  machine.close();
  rmSync(dir, { recursive: true, force: true });
});

async function examine(
  fixtures: readonly string[],
  { nmcli = [DEVICES], udisks = [{ exit: 0 }] }: { nmcli?: ToolRule[]; udisks?: ToolRule[] } = {},
): Promise<string[]> {
  const found = await examineInstruments(fixtures, signal, {
    root: machine.root,
    usb: {
      udisksctl: new StandInTool(dir, 'udisksctl', udisks).path,
      listNative: () => Promise.resolve([]),
    },
    wifi: {
      nmcli: new StandInTool(dir, 'nmcli', nmcli).path,
      ping: new StandInTool(dir, 'ping', []).path,
    },
  });
  return found.map(({ channel, usable, detail }) => `${channel} ${usable ? '+' : '-'} ${detail}`);
}

describe('the doctor, of instruments', () => {
  it('looks at none that the board does not have', async () => {
    expect(await examine(['ethernet', 'ppk2:E1', 'usb-device-like'])).toEqual([]);
  });

  it('finds those that are well', async () => {
    machine.plugHub('1-1');
    expect(await examine(['usb-device:1-1.4', 'wifi-station:wlan1'])).toEqual([
      'usb-device + its hub is there, port 1-1.4',
      'usb-device transfers + the bus lists 0 devices',
      'usb-device drives + udisks answers',
      'wifi-station + wlan1 is disconnected',
      expect.stringMatching(/^wifi-station ping \+ .*ping is there$/),
    ]);
  });

  it('finds the only free card when the fixture names none', async () => {
    expect(await examine(['wifi-station'])).toContain('wifi-station + wlan1 is free');
  });

  it('says of a hub that is not there what to do, and goes on with the rest', async () => {
    const udisks = [{ exit: 1, stderr: 'Error connecting to the udisks daemon' }];
    expect(await examine(['usb-device:1-7.2'], { udisks })).toEqual([
      expect.stringMatching(/^usb-device - USB hub 1-7.*is not there. Plug it in, or correct/),
      'usb-device transfers + the bus lists 0 devices',
      expect.stringMatching(
        /^usb-device drives - udisksctl status: Error connecting.*Install udisks2/,
      ),
    ]);
  });

  it.each([
    ['wlan9', 'is not there'],
    ['wlan2', 'is a device of type wifi, unmanaged'],
    ['eth0', 'is a device of type ethernet, connected'],
  ])('says why the card %s cannot be used', async (card, why) => {
    const [first] = await examine([`wifi-station:${card}`]);
    expect(first).toContain(`wifi-station - ${card} ${why} (eth0:`);
    expect(first).toContain('let it manage the card');
  });

  it('ends when its time is over, whatever hangs, and tells what was found', async () => {
    machine.plugHub('1-1');
    const off = new AbortController();
    const found = await examineInstruments(['usb-device:1-1.4'], off.signal, {
      root: machine.root,
      usb: {
        listNative: () => {
          off.abort(new Error('its time is over'));
          return new Promise(() => undefined);
        },
      },
    });
    expect(found).toEqual([
      { channel: 'usb-device', usable: true, detail: expect.stringContaining('1-1.4') },
      { channel: 'usb-device transfers', usable: false, detail: 'its time is over' },
      { channel: 'usb-device drives', usable: false, detail: expect.any(String) },
    ]);
  });

  it('says what NetworkManager says', async () => {
    const nmcli = [{ exit: 8, stderr: 'Error: NetworkManager is not running.' }];
    expect((await examine(['wifi-station'], { nmcli }))[0]).toMatch(
      /^wifi-station - .*is not running/,
    );
  });
});
