import type { HostTest, HostTestContext, UsbLink } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown, TestFailure } from './conversation.js';
import { USB_DEVICE_FIXTURE } from './fixtures.js';
import { decimal } from './numbers.js';
import { APPEAR_MS, appeared } from './own-usb.js';
import { checkRefusals, checkSizes, checkStress, exchange } from './pyusb-control.js';
import {
  checkAbort,
  checkDataCorrectness,
  checkDataToggle,
  checkHalt,
  checkParallel,
  checkParallelWithControl,
} from './pyusb-endpoints.js';
import { checkStandardRequests } from './pyusb-standard.js';
import { succeeds } from './usb-requests.js';

/** Sizes that show whether the device works at all. */
const SMALL_SIZES = [64, 256];
/** The firmware asks four times and expects a reset of the port after each but the last. */
const RESETS = 3;

type Check = (link: UsbLink, context: HostTestContext) => Promise<void>;

const isAlive: Check = async (link) => await exchange(link, SMALL_SIZES);

const CHECKS: Readonly<Record<string, Check>> = {
  control_stall_test: checkRefusals,
  control_sizes_test: checkSizes,
  control_stress_test: checkStress,
  device_soft_reconnection_test: isAlive,
  // Nobody suspends the bus: the firmware leaves this one out by itself.
  device_suspend_resume_test: isAlive,
  repeated_construction_destruction_test: isAlive,
  ep_test_data_correctness: checkDataCorrectness,
  ep_test_halt: checkHalt,
  ep_test_parallel_transfers: checkParallel,
  ep_test_parallel_transfers_ctrl: checkParallelWithControl,
  ep_test_abort: checkAbort,
  ep_test_data_toggle: checkDataToggle,
};

async function* serve(context: HostTestContext): Script {
  let resets = 0;
  const keys = ['reset_support', 'control_basic_test', 'device_reset_test', ...Object.keys(CHECKS)];
  for (;;) {
    const { key, value } = yield* receive(...keys);
    const check = CHECKS[key];
    if (check) await judge(context, value, check);
    else if (key === 'reset_support') await context.send('placeholder', 'true');
    else if (key === 'device_reset_test') await judge(context, value, resetting(resets++));
    else await basic(context, value);
  }
}

/** A device that answers wrongly fails one case of the firmware, which goes on with the next. */
async function judge(context: HostTestContext, serial: string, check: Check): Promise<void> {
  const opening = context.instruments['usb-device'].openDevice(serial, APPEAR_MS);
  const link = await appeared(context, `USB device ${shown(serial)}`, opening);
  try {
    await check(link, context);
    await context.send('pass', '0');
  } catch (error) {
    if (!(error instanceof TestFailure)) throw error;
    context.note(`USB device: ${error.message}`);
    await context.send('fail', '0');
  } finally {
    await link.close();
  }
}

async function basic(context: HostTestContext, value: string): Promise<void> {
  const [serial = '', vendor = '', product = '', ...more] = value.split(' ');
  if (more.length > 0)
    throw new TestFailure(`control_basic_test takes 3 words, got ${shown(value)}`);
  const ids = {
    vendorId: decimal(vendor, 'vendor id'),
    productId: decimal(product, 'product id'),
  };
  await judge(context, serial, async (link) => await checkStandardRequests(link, ids));
}

function resetting(before: number): Check {
  return async (link) => {
    if (before > 0) await exchange(link, SMALL_SIZES);
    if (before < RESETS) await succeeds('resetting the port', link.reset());
  };
}

/** Control, bulk and interrupt transfers with the board's own USB; the firmware judges by what the host answers. */
export const pyusbBasic: HostTest = {
  name: 'pyusb_basic',
  needs: [USB_DEVICE_FIXTURE],
  start: (context) => conversation(context, serve(context)),
};
