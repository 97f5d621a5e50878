import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  UsbLineCoding,
  UsbSerialPort,
} from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown, TestFailure } from './conversation.js';
import { USB_DEVICE_FIXTURE } from './fixtures.js';
import { decimal } from './numbers.js';
import { APPEAR_MS, appeared, newSerialNumber } from './own-usb.js';

/** The receive buffer of the firmware: `send_multiple;64` asks for chunks of 64 buffers. */
const BUFFER_BYTES = 32;
const MAX_BUFFERS = 1024;
/** The firmware disconnects as soon as it sees the terminal. */
const DISCONNECT_MS = 20_000;
const WRITE_MS = 5000;
/** The test's definition: silence of 0.5 s is the end of what the firmware sends. */
const SILENCE_MS = 500;
/** The test's definition: how long a terminal that is opened again stays open. */
const REOPEN_MS = 100;
/** A terminal that closes any sooner is taken for gone before the last bytes were read. */
const LINGER_MS = 10;

type Action = (
  context: HostTestContext,
  port: UsbSerialPort,
  message: HostTestMessage,
) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  port_open_wait: awaitDisconnect,
  port_open_close: async (context) => await context.delay(REOPEN_MS),
  send_single: async (context, port) => await sendSequence(context, port, 1),
  send_multiple: async (context, port, { value }) =>
    await sendSequence(context, port, BUFFER_BYTES * buffers(value)),
  loopback,
  change_lc: followLineCodings,
};

async function* serve(context: HostTestContext): Script {
  const serial = newSerialNumber();
  for (;;) {
    const message = yield* receive('ready', ...Object.keys(ACTIONS));
    const action = ACTIONS[message.key];
    if (action)
      await withPort(context, serial, async (port) => await action(context, port, message));
    else await context.send('usb_dev_sn', serial);
  }
}

async function withPort(
  context: HostTestContext,
  serial: string,
  work: (port: UsbSerialPort) => Promise<void>,
): Promise<void> {
  const opening = context.instruments['usb-device'].openSerialPort(serial, APPEAR_MS);
  const port = await appeared(context, 'serial port', opening);
  try {
    await work(port);
  } finally {
    await port.close();
  }
}

async function awaitDisconnect(_: HostTestContext, port: UsbSerialPort): Promise<void> {
  if (await port.gone(DISCONNECT_MS)) return;
  throw new TestFailure(`the board did not disconnect within ${DISCONNECT_MS} ms of the opening`);
}

/** 255 down to 0, then 0 up to 255, each value `length` times. What the board sends meanwhile is of no interest. */
async function sendSequence(
  context: HostTestContext,
  port: UsbSerialPort,
  length: number,
): Promise<void> {
  const up = Array.from({ length: 256 }, (_, value) => value);
  for (const value of [...up.toReversed(), ...up]) {
    await put(port, new Uint8Array(length).fill(value));
    port.discardInput();
  }
  await finish(context, port);
}

/** Returns every byte until the board has nothing more to say. */
async function loopback(context: HostTestContext, port: UsbSerialPort): Promise<void> {
  for (;;) {
    const bytes = await port.read(SILENCE_MS);
    if (bytes.length === 0) break;
    await put(port, bytes);
  }
  await finish(context, port);
}

/** The board writes rows such as `009600,08,0,0;` and waits until the line has been set so. */
async function followLineCodings(context: HostTestContext, port: UsbSerialPort): Promise<void> {
  let text = '';
  for (;;) {
    const bytes = await port.read(SILENCE_MS);
    if (bytes.length === 0) break;
    text += new TextDecoder('latin1').decode(bytes);
    const rows = text.split(';');
    text = rows.pop() ?? '';
    if (text.length > 64) throw new TestFailure(`expected a line coding, got ${shown(text)}`);
    for (const row of rows) await set(port, row);
  }
  if (text !== '')
    throw new TestFailure(`the board broke off within a line coding: ${shown(text)}`);
  await finish(context, port);
}

async function set(port: UsbSerialPort, row: string): Promise<void> {
  if (await port.setLineCoding(lineCoding(row))) return;
  throw new TestFailure(`the port vanished while it was set to ${shown(row)}`);
}

const PARITIES = ['none', 'odd', 'even', 'mark', 'space'] as const;

function lineCoding(row: string): UsbLineCoding {
  const fields = row.split(',').map((field) => decimal(field, 'a field of a line coding'));
  const [baudRate = 0, bits, parityCode = -1, stopCode] = fields;
  const dataBits = ([5, 6, 7, 8] as const).find((each) => each === bits);
  const parity = PARITIES[parityCode];
  // Code 1 stands for 1.5 stop bits, which Linux cannot set; the firmware leaves it out for that reason.
  const stopBits = stopCode === 0 ? 1 : stopCode === 2 ? 2 : undefined;
  if (fields.length !== 4 || baudRate < 1 || !dataBits || !parity || !stopBits)
    throw new TestFailure(`expected baud,bits,parity,stop of a line coding, got ${shown(row)}`);
  return { baudRate, dataBits, parity, stopBits };
}

async function put(port: UsbSerialPort, bytes: Uint8Array): Promise<void> {
  if (await port.write(bytes, WRITE_MS)) return;
  throw new TestFailure(`the board took none of ${bytes.length} bytes within ${WRITE_MS} ms`);
}

async function finish(context: HostTestContext, port: UsbSerialPort): Promise<void> {
  if (!(await port.drain(WRITE_MS)))
    throw new TestFailure(`the board did not take the last bytes within ${WRITE_MS} ms`);
  await context.delay(LINGER_MS);
}

function buffers(value: string): number {
  const count = decimal(value, 'send_multiple');
  if (count >= 1 && count <= MAX_BUFFERS) return count;
  throw new TestFailure(`send_multiple must be 1 to ${MAX_BUFFERS}, got ${shown(value)}`);
}

/** The board is a USB serial port; the host works it as a terminal, and the board judges what arrives. */
export const usbDeviceSerial: HostTest = {
  name: 'usb_device_serial',
  needs: [USB_DEVICE_FIXTURE],
  start: (context) => conversation(context, serve(context)),
};
