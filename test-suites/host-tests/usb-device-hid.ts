import type { HostTest, HostTestContext, UsbLink, UsbSetup } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown, TestFailure } from './conversation.js';
import { USB_DEVICE_FIXTURE } from './fixtures.js';
import { decimal, toHex } from './numbers.js';
import { APPEAR_MS, appeared, newSerialNumber } from './own-usb.js';
import { configurations, DESCRIPTOR, descriptors, type Interface } from './usb-descriptors.js';
import { bytesOf, CONTROL_MS, expectEqual, getDescriptor, succeeds } from './usb-requests.js';

const HID_CLASS = 3;
const BOOT_SUBCLASS = 1;
const KEYBOARD = 1;
const MOUSE = 2;
const HID_DESCRIPTOR_BYTES = 9;
const MAX_CONFIGURATION_BYTES = 1024;
/** The test's definition: reports that the firmware wants back. */
const REPORTS = 16;
const MAX_REPORT_BYTES = 64;
const REPORT_MS = 5000;
/** Class requests (HID 1.11, 7.2) with the values that are set. */
const HID_REQUEST = { getReport: 1, getIdle: 2, getProtocol: 3, setIdle: 10, setProtocol: 11 };
const IDLE_FOREVER = 0;
const REPORT_PROTOCOL = 1;
const INPUT_REPORT = 1;

/** Looks at the device and answers the value of `pass`. */
type Check = (link: UsbLink) => Promise<string>;

const CHECKS: Readonly<Record<string, Check>> = {
  test_get_desc_cfg: checkConfiguration,
  test_get_desc_hid: checkDescriptors,
  test_requests: checkRequests,
};

async function* serve(context: HostTestContext): Script {
  const serial = newSerialNumber();
  for (;;) {
    const message = yield* receive('dev_ready', 'test_raw_io', ...Object.keys(CHECKS));
    const check = CHECKS[message.key];
    if (check) await judge(context, serial, check);
    else if (message.key === 'test_raw_io') await returnReports(context, serial, message.value);
    else await context.send('usb_dev_sn', serial);
  }
}

/** A device that answers wrongly fails one case of the firmware, which goes on with the next. */
async function judge(context: HostTestContext, serial: string, check: Check): Promise<void> {
  const opening = context.instruments['usb-device'].openDevice(serial, APPEAR_MS);
  const link = await appeared(context, 'HID device', opening);
  try {
    await context.send('pass', await check(link));
  } catch (error) {
    if (!(error instanceof TestFailure)) throw error;
    context.note(`HID device: ${error.message}`);
    await context.send('fail', '0');
  } finally {
    await link.close();
  }
}

async function checkConfiguration(link: UsbLink): Promise<string> {
  const setup = getDescriptor('device', { type: DESCRIPTOR.configuration });
  const reading = link.controlIn(setup, MAX_CONFIGURATION_BYTES, CONTROL_MS);
  const bytes = await bytesOf('reading the configuration descriptor', reading);
  if (descriptors(bytes).some(({ type }) => type === DESCRIPTOR.hid)) return '0';
  throw new TestFailure('the configuration descriptor holds no HID descriptor');
}

/** Answers the length of the longest report descriptor, in four hexadecimal digits. */
async function checkDescriptors(link: UsbLink): Promise<string> {
  const lengths: number[] = [];
  for (const { number } of await claimed(link)) lengths.push(await reportLength(link, number));
  return toHex(Math.max(...lengths), 4);
}

async function reportLength(link: UsbLink, index: number): Promise<number> {
  const ask = async (type: number, length: number): Promise<Uint8Array> => {
    const setup = getDescriptor('interface', { type, index });
    const what = `reading descriptor 0x${toHex(type, 2)} of interface ${index}`;
    return await bytesOf(what, link.controlIn(setup, length, CONTROL_MS));
  };
  const hid = await ask(DESCRIPTOR.hid, HID_DESCRIPTOR_BYTES);
  const [, type = 0, , , , count = 0, reportType = 0, low = 0, high = 0] = hid;
  expectEqual('length of the HID descriptor', hid.length, HID_DESCRIPTOR_BYTES);
  expectEqual('type of the HID descriptor', type, DESCRIPTOR.hid);
  expectEqual('number of report descriptors', count, 1);
  expectEqual('type of the report descriptor', reportType, DESCRIPTOR.hidReport);
  const length = low | (high << 8);
  if (length === 0) throw new TestFailure('the report descriptor is empty');
  const report = await ask(DESCRIPTOR.hidReport, length);
  expectEqual('length of the report descriptor', report.length, length);
  return length;
}

/** What each kind of HID device must support (HID 1.11, appendix G). */
async function checkRequests(link: UsbLink): Promise<string> {
  for (const one of await claimed(link)) {
    const isBoot = one.subclassCode === BOOT_SUBCLASS;
    if (isBoot && one.protocolCode === KEYBOARD)
      await setAndGet(link, one.number, {
        name: 'idle',
        set: [HID_REQUEST.setIdle, IDLE_FOREVER << 8],
        get: HID_REQUEST.getIdle,
        expected: IDLE_FOREVER,
      });
    if (isBoot && (one.protocolCode === KEYBOARD || one.protocolCode === MOUSE))
      await setAndGet(link, one.number, {
        name: 'protocol',
        set: [HID_REQUEST.setProtocol, REPORT_PROTOCOL],
        get: HID_REQUEST.getProtocol,
        expected: REPORT_PROTOCOL,
      });
    const setup = hidRequest(one.number, HID_REQUEST.getReport, INPUT_REPORT << 8);
    await bytesOf('Get_Report', link.controlIn(setup, MAX_CONFIGURATION_BYTES, CONTROL_MS));
  }
  return '0';
}

interface Setting {
  readonly name: string;
  /** The request, and its `wValue`. */
  readonly set: readonly [number, number];
  readonly get: number;
  readonly expected: number;
}

async function setAndGet(
  link: UsbLink,
  index: number,
  { name, set: [request, value], get, expected }: Setting,
): Promise<void> {
  const setting = link.controlOut(hidRequest(index, request, value), new Uint8Array(), CONTROL_MS);
  await succeeds(`setting the ${name} of interface ${index}`, setting);
  const what = `${name} of interface ${index}`;
  const [got = -1] = await bytesOf(what, link.controlIn(hidRequest(index, get, 0), 1, CONTROL_MS));
  expectEqual(what, got, expected);
}

const hidRequest = (index: number, request: number, value: number): UsbSetup => ({
  type: 'class',
  recipient: 'interface',
  request,
  value,
  index,
});

/** The HID interfaces, taken from the kernel's own driver. */
async function claimed(link: UsbLink): Promise<Interface[]> {
  const all = configurations(link.descriptors)[0]?.interfaces ?? [];
  const hids = all.filter(({ classCode, alternate }) => classCode === HID_CLASS && alternate === 0);
  if (hids.length === 0) throw new TestFailure('the device has no HID interface');
  for (const { number } of hids) await succeeds(`taking interface ${number}`, link.claim(number));
  return hids;
}

/** Sends every report back; the firmware compares. */
async function returnReports(
  context: HostTestContext,
  serial: string,
  value: string,
): Promise<void> {
  const length = decimal(value, 'test_raw_io');
  if (length < 1 || length > MAX_REPORT_BYTES)
    throw new TestFailure(`test_raw_io must be 1 to ${MAX_REPORT_BYTES}, got ${shown(value)}`);
  const opening = context.instruments['usb-device'].openHid(serial, APPEAR_MS);
  const port = await appeared(context, 'raw HID device', opening);
  try {
    await context.send('host_ready', '0');
    for (let i = 1; i <= REPORTS; i++) {
      const report = await port.read(length, REPORT_MS);
      if (!report) throw new TestFailure(`report ${i} of ${REPORTS} did not come from the board`);
      if (!(await port.write(report, REPORT_MS)))
        throw new TestFailure(`the board did not take report ${i} of ${REPORTS} back`);
    }
  } finally {
    await port.close();
  }
}

/** The board is a USB HID device; the host reads its descriptors and sends its reports back. */
export const usbDeviceHid: HostTest = {
  name: 'usb_device_hid',
  needs: [USB_DEVICE_FIXTURE],
  start: (context) => conversation(context, serve(context)),
};
