import { beforeEach, describe, expect, it } from '@jest/globals';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedPort, PlayedUsb } from './support/played-usb.js';
import { PlayedWifi } from './support/played-wifi.js';

const CONFIG = { target: 'K64F', resetDelayMs: 0 };
let usb: PlayedUsb;
let board: HostTestBench;
beforeEach(() => {
  usb = new PlayedUsb();
  board = new HostTestBench('usb_device_serial', CONFIG, {
    'usb-device': usb,
    'wifi-station': new PlayedWifi(),
  });
});

function play(...says: string[]): PlayedPort {
  const port = new PlayedPort(...says);
  usb.port = port;
  return port;
}

const SEQUENCE = [
  ...Array.from({ length: 256 }, (_, i) => 255 - i),
  ...Array.from({ length: 256 }, (_, i) => i),
];

describe('usb_device_serial', () => {
  it('names the device and looks for that name ever after', async () => {
    play();
    const [key, serial] = (await board.ask('ready')) ?? [];
    expect(key).toBe('usb_dev_sn');
    expect(serial).toMatch(/^[0-9a-f]{32}$/);
    await board.ask('port_open_wait');
    await board.ask('port_open_close');
    expect(usb.asked).toEqual([serial, serial]);
  });

  it('holds the port open until the board disconnects', async () => {
    const port = play();
    await board.ask('port_open_wait');
    expect([port.closes, board.verdict]).toEqual([1, undefined]);
    port.disconnects = false;
    await board.ask('port_open_wait');
    expect([port.closes, board.message]).toEqual([
      2,
      expect.stringContaining('did not disconnect within 20000 ms'),
    ]);
  });

  it('opens the port for a tenth of a second', async () => {
    const port = play();
    await board.say('port_open_close');
    await board.advance(99);
    expect(port.closes).toBe(0);
    await board.advance(1);
    expect(port.closes).toBe(1);
  });

  it('sends every value down and up, byte by byte', async () => {
    const port = play('what the board sends meanwhile');
    await board.ask('send_single');
    expect(port.heard).toEqual(SEQUENCE);
    expect(port.writes.every((length) => length === 1)).toBe(true);
    expect(port.closes).toBe(1);
  });

  it('sends chunks of as many buffers as the board asks for', async () => {
    const port = play();
    await board.ask('send_multiple', '64');
    expect(new Set(port.writes)).toEqual(new Set([2048]));
    expect(port.heard.filter((_, i) => i % 2048 === 0)).toEqual(SEQUENCE);
  });

  it.each(['0', '-1', '1025', 'many'])('refuses to send %s buffers', async (count) => {
    play();
    await board.ask('send_multiple', count);
    expect(board.verdict).toBe('fail');
    expect(board.message).toContain('send_multiple');
  });

  it('closes the port only some ms after the last byte has left', async () => {
    const port = play('x');
    await board.say('loopback');
    await board.advance(9);
    expect(port.closes).toBe(0);
    await board.advance(1);
    expect([port.closes, port.heard]).toEqual([1, [0x78]]);
  });

  it('fails when the board takes no more bytes', async () => {
    const port = play();
    port.capacity = 300;
    await board.ask('send_single');
    expect(board.verdict).toBe('fail');
    expect(board.message).toContain('took none of 1 bytes');
    expect(port.closes).toBe(1);
  });

  it('sets the line as the board asks, wherever its rows are cut', async () => {
    const port = play('009600,05,', '0,2;115200,08,1,0;0', '38400,07,2,0;');
    await board.ask('change_lc');
    expect(port.codings).toEqual([
      { baudRate: 9600, dataBits: 5, parity: 'none', stopBits: 2 },
      { baudRate: 115_200, dataBits: 8, parity: 'odd', stopBits: 1 },
      { baudRate: 38_400, dataBits: 7, parity: 'even', stopBits: 1 },
    ]);
    expect(board.verdict).toBeUndefined();
  });

  it.each([
    ['009600,05,0;', 'baud,bits,parity,stop'],
    ['009600,09,0,0;', 'baud,bits,parity,stop'],
    ['009600,08,5,0;', 'baud,bits,parity,stop'],
    ['009600,08,0,1;', 'baud,bits,parity,stop'],
    ['fast,08,0,0;', 'no whole number'],
    ['009600,08', 'broke off'],
    ['x'.repeat(65), 'expected a line coding'],
  ])('fails when the board asks for the line coding %s', async (row, why) => {
    play(row);
    await board.ask('change_lc');
    expect([board.verdict, board.message]).toEqual(['fail', expect.stringContaining(why)]);
  });

  it('fails with what is on the bus when the port does not appear', async () => {
    await board.ask('loopback');
    expect(board.verdict).toBe('fail');
    expect(board.message).toMatch(/serial port, which did not appear .* nothing is enumerated/);
  });

  it('does not blame the board for trouble of this side', async () => {
    usb.trouble = new Error('/dev/ttyACM0 may not be opened');
    await expect(board.ask('loopback')).rejects.toThrow('may not be opened');
    expect(board.verdict).toBeUndefined();
  });

  it('leaves the verdict to the firmware', async () => {
    play();
    await board.say('end', 'success');
    expect(board.verdict).toBe('pass');
  });
});
