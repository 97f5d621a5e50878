import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { UsbSerialPort } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import type { EmulatedUsb } from '../../../e2e/src/emulators/usb-machine.js';
import { lendInstruments } from '../../src/drivers/instruments.js';
import { eachWithUsb, LONG_MS, lent, machine, pty, SHORT_MS } from './support/usb-bench.js';

const SERIAL = '0123456789abcdef0123456789abcdef';

eachWithUsb('usb-device:1-1.4');

const device = (more: Partial<EmulatedUsb> = {}): EmulatedUsb => ({
  usbPath: '1-1.4',
  vendorId: '1f00',
  productId: '2013',
  serial: SERIAL,
  product: 'CDC DEVICE',
  ttys: { 1: 'ttyACM7' },
  nodes: { ttyACM7: pty.path },
  ...more,
});

async function opened(): Promise<UsbSerialPort> {
  machine.plug(device());
  const port = await lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS);
  if (!port) throw new Error('no port');
  return port;
}

/** What the port's settings are, as stty shows them. */
const settings = (): string => execFileSync('stty', ['-F', pty.path, '-a'], { encoding: 'utf8' });

describe('the serial port of a board’s own USB', () => {
  it('is found when it is plugged in later', async () => {
    const opening = lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS);
    machine.plug(device());
    expect(await opening).toBeDefined();
    expect(settings()).toContain('speed 9600 baud');
  });

  it('is nobody’s fault when nothing was there in the whole run', async () => {
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, SHORT_MS)).toBeUndefined();
    await expect(lent.instruments['usb-device'].whyMissing()).rejects.toThrow(
      /nothing is enumerated at USB port 1-1\.4, .*plug the cable in/,
    );
  });

  it('is the board’s fault when something else is at its port', async () => {
    machine.plug(device({ serial: 'other' }));
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, SHORT_MS)).toBeUndefined();
    expect(await lent.instruments['usb-device'].whyMissing()).toBe(
      'at USB port 1-1.4 there is 1f00:2013, serial number other',
    );
  });

  it('is the board’s fault when it was there before in the run', async () => {
    machine.plug(device());
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).toBeDefined();
    machine.unplug(device());
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, SHORT_MS)).toBeUndefined();
    expect(await lent.instruments['usb-device'].whyMissing()).toBe(
      'nothing is enumerated at USB port 1-1.4',
    );
  });

  it('is not taken for that of another port with the same serial number', async () => {
    machine.plug(device({ usbPath: '1-1.3' }));
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, SHORT_MS)).toBeUndefined();
  });

  it('carries bytes both ways', async () => {
    const port = await opened();
    pty.send(Buffer.from('from the board'));
    let text = '';
    while (text.length < 14) text += Buffer.from(await port.read(LONG_MS)).toString();
    expect(text).toBe('from the board');
    expect(await port.write(Buffer.from('from the host'), LONG_MS)).toBe(true);
    expect(await port.drain(LONG_MS)).toBe(true);
    await pty.hears('from the host');
    expect(await port.read(SHORT_MS)).toHaveLength(0);
  });

  it('drops what is not wanted', async () => {
    const port = await opened();
    pty.send(Buffer.from('a'));
    await port.read(LONG_MS);
    pty.send(Buffer.from('b'));
    port.discardInput();
    pty.send(Buffer.from('c'));
    let text = '';
    while (!text.endsWith('c')) text += Buffer.from(await port.read(LONG_MS)).toString();
    expect(text).toMatch(/^b?c$/);
  });

  it('vanishes when the board disconnects: no bytes come and none are taken', async () => {
    const port = await opened();
    const gone = port.gone(LONG_MS);
    await pty.unplug();
    expect(await gone).toBe(true);
    expect(await port.read(LONG_MS)).toHaveLength(0);
    expect(await port.write(Buffer.of(1), LONG_MS)).toBe(false);
    expect(await port.drain(LONG_MS)).toBe(false);
    await port.close();
  });

  it('does not take bytes that the board does not take, and can be closed all the same', async () => {
    const port = await opened();
    pty.stopReading();
    expect(await port.write(Buffer.alloc(1024 * 1024), SHORT_MS)).toBe(false);
    await port.close();
  });

  it('stays when nobody disconnects it', async () => {
    expect(await (await opened()).gone(SHORT_MS)).toBe(false);
  });

  it('has all its parameters set at once, while it stays open', async () => {
    const port = await opened();
    const coding = { baudRate: 57_600, dataBits: 8, parity: 'none', stopBits: 2 } as const;
    expect(await port.setLineCoding(coding)).toBe(true);
    expect(settings()).toMatch(/speed 57600 baud[\s\S]*[^-]cstopb/);
    expect(await port.setLineCoding({ ...coding, baudRate: 1200, stopBits: 1 })).toBe(true);
    expect(settings()).toMatch(/speed 1200 baud[\s\S]*-cstopb/);
    expect(await port.write(Buffer.from('still open'), LONG_MS)).toBe(true);
    await pty.hears('still open');
  });

  it('throws when this machine cannot set a parameter: a pty has 8 data bits', async () => {
    const port = await opened();
    const coding = { baudRate: 9600, dataBits: 5, parity: 'none', stopBits: 1 } as const;
    await expect(port.setLineCoding(coding)).rejects.toThrow(/stty .*cs5.*unable to perform/);
  });

  it('cannot be set when it has gone', async () => {
    const port = await opened();
    const gone = port.gone(LONG_MS);
    await pty.unplug();
    await gone;
    const coding = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    expect(await port.setLineCoding(coding)).toBe(false);
  });
});

describe('trouble of this machine', () => {
  it('is no USB bus', async () => {
    rmSync(join(machine.root, 'sys'), { recursive: true });
    await expect(lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      'has no USB bus',
    );
  });

  it('is a hub that is not there', async () => {
    rmSync(join(machine.root, 'sys/bus/usb/devices/1-1'), { recursive: true });
    await expect(lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      /USB hub 1-1.*not there/,
    );
  });

  it('is a root hub that is not there', async () => {
    const other = lendInstruments(['usb-device:2-3'], { root: machine.root });
    await expect(other.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      'USB hub usb2',
    );
  });

  it('is two devices of that name and a fixture that names no port', async () => {
    const any = lendInstruments(['usb-device'], { root: machine.root });
    machine.plug(device());
    machine.plug(device({ usbPath: '1-1.3', ttys: { 2: 'ttyACM8' } }));
    await expect(any.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      'usb-device:1-1.3',
    );
    expect(await any.instruments['usb-device'].whyMissing()).toContain(
      `1-1.3 (${SERIAL}), 1-1.4 (${SERIAL})`,
    );
  });

  it('is a port that another program has', async () => {
    await opened();
    const other = lendInstruments(['usb-device:1-1.4'], { root: machine.root });
    await expect(other.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      /ttyACM7.*Look for another program that has it/,
    );
    await other.release();
  });

  it('is not a port that was opened before and not closed', async () => {
    await opened();
    expect(await lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).toBeDefined();
  });
});

describe('when the run ends', () => {
  it('what is waited for rejects, and the port is closed', async () => {
    const port = await opened();
    const [reading, opening] = [
      port.read(LONG_MS),
      lent.instruments['usb-device'].openSerialPort('other', LONG_MS),
    ];
    await Promise.all([
      expect(reading).rejects.toThrow('taken back'),
      expect(opening).rejects.toThrow('taken back'),
      lent.release(),
    ]);
    await expect(port.write(Buffer.of(1), LONG_MS)).rejects.toThrow('taken back');
    // It was locked while it was open.
    const next = lendInstruments(['usb-device'], { root: machine.root });
    expect(await next.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).toBeDefined();
    await next.release();
  });

  it('nothing can be opened any more', async () => {
    machine.plug(device());
    await lent.release();
    await expect(lent.instruments['usb-device'].openSerialPort(SERIAL, LONG_MS)).rejects.toThrow(
      'taken back',
    );
  });
});
