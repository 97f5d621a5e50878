import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  UsbDrive,
} from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown, TestFailure } from './conversation.js';
import { USB_DEVICE_FIXTURE } from './fixtures.js';
import { newSerialNumber } from './own-usb.js';

const LINUX = '2';
/** The test's definition: how long mounting and unmounting may take. */
const MOUNT_MS = 25_000;
/** The test's definition: nothing tells when kernel and udisks have read and written all that they want. */
const SETTLE_MS = 2000;
const MAX_CONTENT_BYTES = 256;

/** What the host answers: a key, with the value 0. */
type Answer = (
  context: HostTestContext,
  drive: UsbDrive,
  message: HostTestMessage,
) => Promise<string>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  check_if_mounted: async (context, drive) => {
    const why = await drive.awaitMounted(MOUNT_MS);
    if (why !== undefined) {
      const seen = await context.instruments['usb-device'].whyMissing();
      return failed(context, `the drive is not mounted: ${why}; ${seen}`);
    }
    await context.delay(SETTLE_MS);
    return 'passed';
  },
  check_if_not_mounted: async (context, drive) => {
    if (!(await drive.awaitUnmounted(MOUNT_MS)))
      return failed(context, `the drive is still mounted after ${MOUNT_MS} ms`);
    await context.delay(SETTLE_MS);
    return 'passed';
  },
  // The size itself is the key: so the firmware reads it.
  get_mounted_fs_size: async (context, drive) =>
    String((await drive.sizeBytes()) ?? failed(context, 'the drive has gone: its size is unknown')),
  check_file_exist: checkFile,
  delete_files: async (context, drive, { value }) => {
    const [folder, file] = words(value, 2, 'delete_files');
    if (!(await drive.deleteFile([folder, file])))
      return failed(context, `there is no file ${shown(`${folder}/${file}`)} to delete`);
    await context.delay(SETTLE_MS);
    return 'passed';
  },
  unmount: async (context, drive) =>
    (await drive.unmount()) ? 'passed' : failed(context, 'the drive could not be unmounted'),
};

async function* serve(context: HostTestContext): Script {
  const serial = newSerialNumber();
  const drive = context.instruments['usb-device'].drive(serial);
  for (;;) {
    const message = yield* receive('get_serial_number', 'get_os_type', ...Object.keys(ANSWERS));
    const answer = ANSWERS[message.key];
    if (answer) await context.send(await answer(context, drive, message), '0');
    else if (message.key === 'get_os_type') await context.send('os_type', LINUX);
    else await context.send('serial_number', serial);
  }
}

async function checkFile(
  context: HostTestContext,
  drive: UsbDrive,
  { value }: HostTestMessage,
): Promise<string> {
  const [folder, file, content] = words(value, 3, 'check_file_exist');
  const bytes = await drive.readFile([folder, file], MAX_CONTENT_BYTES);
  if (bytes === undefined) return 'non-exist';
  await context.delay(SETTLE_MS);
  const text = new TextDecoder('latin1').decode(bytes);
  if (text.split('\n')[0] === content) return 'exist';
  context.note(`${folder}/${file} holds ${shown(text)}, expected ${shown(content)}`);
  return 'non-exist';
}

/** The reason is kept for people: the firmware only learns that it failed. */
function failed(context: HostTestContext, why: string): string {
  context.note(why);
  return 'failed';
}

function words(text: string, count: 2 | 3, what: string): [string, string, string] {
  const [first = '', second = '', third = '', ...more] = text.split(' ');
  const given = [first, second, third].filter((word) => word !== '').length + more.length;
  if (given === count) return [first, second, third];
  throw new TestFailure(`${what} takes ${count} words, got ${shown(text)}`);
}

/** The board is a USB drive; the host mounts it, looks at its files and reports, and the board judges. */
export const pyusbMsd: HostTest = {
  name: 'pyusb_msd',
  needs: [USB_DEVICE_FIXTURE],
  start: (context) => conversation(context, serve(context)),
};
