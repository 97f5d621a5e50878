import type { UsbHidPort } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { eachWithUsb, LONG_MS, lent, machine, pty, SHORT_MS } from './support/usb-bench.js';

const SERIAL = 'feedface';

eachWithUsb('usb-device');

async function opened(): Promise<UsbHidPort> {
  machine.plug({
    usbPath: '1-1.4',
    vendorId: '0d28',
    productId: '0007',
    serial: SERIAL,
    product: 'HID DEVICE',
    hidraws: { 0: 'hidraw3' },
    nodes: { hidraw3: pty.path },
  });
  const port = await lent.instruments['usb-device'].openHid(SERIAL, LONG_MS);
  if (!port) throw new Error('no HID device');
  return port;
}

describe('raw HID of a board’s own USB', () => {
  it('hands on reports one by one, however they come', async () => {
    const port = await opened();
    pty.send(Buffer.from('abcdef'));
    expect(Buffer.from((await port.read(3, LONG_MS)) ?? []).toString()).toBe('abc');
    expect(Buffer.from((await port.read(3, LONG_MS)) ?? []).toString()).toBe('def');
    pty.send(Buffer.from('gh'));
    expect(await port.read(3, SHORT_MS)).toBeUndefined();
    pty.send(Buffer.from('i'));
    expect(Buffer.from((await port.read(3, LONG_MS)) ?? []).toString()).toBe('ghi');
  });

  it('sends a report with the number 0 in front', async () => {
    const port = await opened();
    expect(await port.write(Buffer.from('report'), LONG_MS)).toBe(true);
    await pty.hears('\0report');
  });

  it('tells that the device has gone', async () => {
    const port = await opened();
    const reading = port.read(3, LONG_MS);
    await pty.unplug();
    expect(await reading).toBeUndefined();
    expect(await port.write(Buffer.of(1), LONG_MS)).toBe(false);
  });

  it('is not found on a device without it', async () => {
    machine.plug({
      usbPath: '1-1.4',
      vendorId: '0d28',
      productId: '0007',
      serial: SERIAL,
      product: 'ANOTHER DEVICE',
    });
    expect(await lent.instruments['usb-device'].openHid(SERIAL, SHORT_MS)).toBeUndefined();
  });

  it('rejects what is waited for when the run ends', async () => {
    const port = await opened();
    const reading = port.read(1, LONG_MS);
    await Promise.all([expect(reading).rejects.toThrow('taken back'), lent.release()]);
  });
});
