import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PtyPair } from '../../../e2e/src/emulators/pty-pair.js';
import { StandInTool } from '../../../e2e/src/emulators/stand-in-tool.js';
import { UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import type { LentInstruments } from '../../src/contracts/instruments.js';
import { lendInstruments } from '../../src/drivers/instruments.js';
import type { SessionEnd } from '../../src/session/session-types.js';
import { Bench } from '../greentea/support/bench.js';
import { end } from '../greentea/support/console-texts.js';

jest.setTimeout(60_000);
const FIXTURES = ['usb-device:1-1.4', 'wifi-station:wlan1'];
const BUDGET_S = 3600;

let machine: UsbMachine;
let pty: PtyPair;
let nmcli: StandInTool;
let lent: LentInstruments;
let run: Bench;
beforeEach(async () => {
  machine = new UsbMachine();
  machine.plugHub('1-1');
  pty = await PtyPair.open();
  nmcli = new StandInTool(machine.root, 'nmcli', [
    { when: 'IP4.ADDRESS', stdout: '192.168.10.2/24' },
    {},
  ]);
  const ping = new StandInTool(machine.root, 'ping', [{}]);
  const wifi = { nmcli: nmcli.path, ping: ping.path };
  lent = lendInstruments(FIXTURES, { root: machine.root, wifi });
  run = new Bench({ fixtures: FIXTURES, instruments: lent.instruments });
});
afterEach(async () => {
  run.session.cancel('the test is over');
  await lent.release();
  await pty.unplug();
  machine.close();
});

/** Lets the world and the session's own time go on until there is something. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await pause(1);
    await run.clock.advance(1);
  }
}

/** What the host has sent under `key`. */
const sent = async (key: string): Promise<string> =>
  await until(() => new RegExp(`{{${key};([^}]*)}}`).exec(run.wire.join(''))?.[1]);

const ended = async (): Promise<SessionEnd> => await until(() => run.end);

/** Whether this process has the board's port open: what firmware sees as DTR. */
function isOpen(): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === pty.path;
    } catch {
      // It was closed while we looked.
      return false;
    }
  });
}

/** The firmware is the device that it was told to be. */
function plug(serial: string): void {
  machine.plug({
    usbPath: '1-1.4',
    vendorId: '1f00',
    productId: '2013',
    serial,
    product: 'TEST DEVICE',
    ttys: { 1: 'ttyACM7' },
    hidraws: { 2: 'hidraw7' },
    nodes: { ttyACM7: pty.path, hidraw7: pty.path },
  });
}

describe('a host test with instruments in a session', () => {
  it('returns what the board sends over its USB serial port', async () => {
    await run.begin('usb_device_serial', BUDGET_S);
    run.say('{{ready;0}}\r\n');
    plug(await sent('usb_dev_sn'));
    run.say('{{loopback;0}}\r\n');
    await until(() => isOpen() || undefined);
    pty.send(Buffer.from('Formatted\nstring 7.'));
    await pty.hears('Formatted\nstring 7.');
    await until(() => !isOpen() || undefined);
    run.say(end('success'));
    expect(await ended()).toMatchObject({ verdict: 'pass', reason: 'completed' });
  });

  it('holds the port until the board disconnects', async () => {
    await run.begin('usb_device_serial', BUDGET_S);
    run.say('{{ready;0}}\r\n');
    plug(await sent('usb_dev_sn'));
    run.say('{{port_open_wait;0}}\r\n');
    await until(() => isOpen() || undefined);
    await pty.unplug();
    run.say(end('success'));
    expect(await ended()).toMatchObject({ verdict: 'pass' });
  });

  it('sends the board’s HID reports back', async () => {
    await run.begin('usb_device_hid', BUDGET_S);
    run.say('{{dev_ready;0}}\r\n');
    plug(await sent('usb_dev_sn'));
    run.say('{{test_raw_io;3}}\r\n');
    await sent('host_ready');
    for (let i = 0; i < 16; i++) {
      const report = `r${i.toString(16)}!`;
      pty.send(Buffer.from(report));
      await pty.hears(`\0${report}`);
    }
    run.say(end('success'));
    expect(await ended()).toMatchObject({ verdict: 'pass' });
  });

  it('joins the network of the board and pings it', async () => {
    await run.begin('softap_basic', BUDGET_S);
    run.say('{{softap;up}}\r\n');
    expect(await sent('passed')).toBe('0');
    run.say(end('success'));
    expect(await ended()).toMatchObject({ verdict: 'pass' });
    expect(nmcli.calls.at(-1)).toEqual(['connection', 'delete', 'id', 'greenrack-wlan1']);
  });

  it.each([
    ['usb_device_serial', '{{ready;0}}\r\n{{loopback;0}}\r\n'],
    ['usb_device_hid', '{{test_get_desc_cfg;0}}\r\n'],
    ['pyusb_basic', '{{control_sizes_test;0123456789}}\r\n'],
    ['pyusb_msd', '{{check_if_mounted;0}}\r\n'],
  ])('%s ends as infra, with what to do, on a machine that has no USB bus', async (name, text) => {
    rmSync(join(machine.root, 'sys'), { recursive: true });
    await run.begin(name, BUDGET_S);
    run.say(text);
    expect(await ended()).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestError',
      message: expect.stringMatching(/no USB bus .* Run the agent where the board is cabled/),
    });
  });

  it('softap_basic ends as infra, with what to do, on a machine without NetworkManager', async () => {
    rmSync(nmcli.path);
    await run.begin('softap_basic', BUDGET_S);
    run.say('{{softap;up}}\r\n');
    expect(await ended()).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestError',
      message: expect.stringContaining('Install NetworkManager'),
    });
  });

  it('leaves nothing open when the run ends in the middle of it', async () => {
    await run.begin('usb_device_serial', BUDGET_S);
    run.say('{{ready;0}}\r\n');
    plug(await sent('usb_dev_sn'));
    run.say('{{port_open_wait;0}}\r\n');
    await until(() => isOpen() || undefined);
    run.session.cancel('cancelled');
    await lent.release();
    expect(isOpen()).toBe(false);
  });
});
